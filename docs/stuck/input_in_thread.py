"""Reads a line from the keyboard, in a thread."""

from twisted.internet import task
from twisted.internet.interfaces import IReactorCore
from twisted.internet.threads import deferToThread


def ask() -> None:
    print("the thread has read", input())


async def main(reactor: IReactorCore) -> None:
    reactor.callWhenRunning(print, "type something")
    await deferToThread(ask)


task.react(main)
