"""A thread hands its result to the reactor."""

import time

from twisted.internet import task
from twisted.internet.base import ReactorBase


async def main(reactor: ReactorBase) -> None:
    def work() -> None:
        time.sleep(0.1)
        reactor.callLater(0, print, "the result")
        time.sleep(0.1)
        print("a tenth of a second later")

    reactor.callInThread(work)
    await task.deferLater(reactor, 0.4)


task.react(main)
