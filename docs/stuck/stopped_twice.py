"""Stops a reactor that isn't running yet."""

from twisted.internet import task
from twisted.internet.base import ReactorBase


async def main(reactor: ReactorBase) -> None:
    print("the work is done")
    reactor.stop()


task.react(main)
