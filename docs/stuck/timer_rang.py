"""Gives an answer a tenth of a second, and the answer takes longer."""

from twisted.internet import task
from twisted.internet.interfaces import IReactorTime


async def main(reactor: IReactorTime) -> None:
    alarm = reactor.callLater(0.1, print, "this takes long")
    await task.deferLater(reactor, 0.2)  # the answer
    alarm.cancel()
    print("answered")


task.react(main)
