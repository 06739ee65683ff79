"""Alice's answer takes 0.3 seconds, and Bob's 0.1."""

import time

from twisted.internet import task
from twisted.internet.interfaces import IReactorTime


async def main(reactor: IReactorTime) -> None:
    bob = task.deferLater(reactor, 0.1, print, "Bob is served")
    time.sleep(0.3)
    print("Alice is served")
    await bob


task.react(main)
