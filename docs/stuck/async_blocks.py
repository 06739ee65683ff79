"""Asks a slow database for Alice. Bob's answer needs 0.1 seconds."""

import time

from twisted.internet import task
from twisted.internet.interfaces import IReactorTime


def query() -> str:
    time.sleep(0.3)  # database drivers and requests.get block like this
    return "Alice is served"


async def main(reactor: IReactorTime) -> None:
    bob = task.deferLater(reactor, 0.1, print, "Bob is served")
    print(query())
    await bob


task.react(main)
