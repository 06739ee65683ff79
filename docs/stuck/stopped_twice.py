"""Stops a reactor that does not run yet."""

from twisted.internet import task
from twisted.internet.base import ReactorBase


async def main(reactor: ReactorBase) -> None:
    print("the work is done")
    reactor.stop()


task.react(main)
