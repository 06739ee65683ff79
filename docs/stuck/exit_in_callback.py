"""Wants to end the program from a callback."""

import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


async def main(reactor: IReactorTime) -> None:
    closed: Deferred[None] = Deferred()
    reactor.callLater(0.1, sys.exit, "the database is gone")
    reactor.callLater(0.3, closed.callback, None)
    await closed
    print("still serving")


task.react(main)
