"""A client that tries again: your turn is in `fetch_again`."""

import sys

from page_fetcher import fetch
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react
from twisted.web.client import Agent
from twisted.web.iweb import IAgent

PATIENCE = 3  # seconds for one attempt
PAUSE = 1  # seconds between two attempts


async def fetch_again(reactor: IReactorTime, agent: IAgent, url: bytes) -> str:
    """Returns the text of a page."""
    # Your turn: a time limit for each attempt, and a second attempt.
    return await fetch(agent, url)


async def main(reactor: IReactorTime, url: str) -> None:
    """Prints a page, or why there is none."""
    try:
        print(await fetch_again(reactor, Agent(reactor), url.encode()), end="")
    except Exception as error:  # there are many reasons
        sys.exit(f"No page: {error}")


if __name__ == "__main__":
    react(main, sys.argv[1:] or ["http://127.0.0.1:8080/"])
