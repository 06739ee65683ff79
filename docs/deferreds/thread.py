"""Blocks a thread, and the reactor goes on."""

import time

from twisted.internet.task import LoopingCall, react
from twisted.internet.threads import deferToThread


def count(word):
    time.sleep(0.5)
    return len(word)


async def main(reactor):
    ticking = LoopingCall(print, "tick")
    ticking.start(0.2).addErrback(print)
    print(await deferToThread(count, "blocked"), "letters")
    ticking.stop()


react(main)
