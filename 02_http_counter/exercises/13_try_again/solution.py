"""A client that tries again."""

import sys

from page_fetcher import fetch
from twisted.internet import defer
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater, react
from twisted.web.client import Agent, ResponseFailed
from twisted.web.iweb import IAgent

PATIENCE = 3  # seconds for one attempt
PAUSE = 1  # seconds between two attempts


async def fetch_again(reactor: IReactorTime, agent: IAgent, url: bytes) -> str:
    """Returns the text of a page; tries twice before it raises an error."""
    try:
        return await attempt(reactor, agent, url)
    except (defer.TimeoutError, ConnectError, ResponseFailed):  # they may pass
        await deferLater(reactor, PAUSE)
        return await attempt(reactor, agent, url)


def attempt(reactor: IReactorTime, agent: IAgent, url: bytes) -> defer.Deferred[str]:
    """Returns a Deferred for the text; gives up after a while."""
    fetching = defer.Deferred.fromCoroutine(fetch(agent, url))
    return fetching.addTimeout(PATIENCE, reactor)


async def main(reactor: IReactorTime, url: str) -> None:
    """Prints a page, or why there is none."""
    try:
        print(await fetch_again(reactor, Agent(reactor), url.encode()), end="")
    except Exception as error:  # there are many reasons
        sys.exit(f"No page: {error}")


if __name__ == "__main__":
    react(main, sys.argv[1:] or ["http://127.0.0.1:8080/"])
