"""Ends, and yet the process stays."""

import time

from twisted.internet.task import deferLater, react
from twisted.internet.threads import deferToThread


def work():
    time.sleep(1)
    print("The thread has ended")


async def main(reactor):
    deferToThread(work).addErrback(print)
    await deferLater(reactor, 0.1)
    print("The reactor stops")


react(main)
