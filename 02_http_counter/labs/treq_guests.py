"""A client of the guest list, with treq: signs as NAME, and prints all names."""

import sys
from argparse import ArgumentParser

from twisted.internet import task
from twisted.internet.interfaces import IReactorCore
from twisted.web import http

try:
    import treq
except ModuleNotFoundError as error:
    sys.exit(f"{error}. For this lab: python -m pip install treq==26.7.0")


async def main(_reactor: IReactorCore, name: str, url: str) -> None:
    """Signs and reads; raises SystemExit with one line if that isn't possible."""
    try:
        response = await treq.post(url, json={"name": name}, timeout=10)
        told = await treq.json_content(response)
        if response.code != http.CREATED:
            sys.exit(f"{response.code}: {told}")
        response = await treq.get(url, timeout=10)
        print(*await treq.json_content(response), sep=", ")
    except Exception as why:
        sys.exit(f"Cannot ask {url}: {why}")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("NAME")
    parser.add_argument("URL", nargs="?", default="http://127.0.0.1:8080/")
    arguments = parser.parse_args()
    task.react(main, [arguments.NAME, arguments.URL])
