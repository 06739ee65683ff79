"""Tells the reactor from another thread how far the work has come."""

import threading
import time

from twisted.internet.task import react
from twisted.internet.threads import deferToThread


def work(reactor):
    for percent in (50, 100):
        time.sleep(0.2)
        reactor.callFromThread(show, percent)


def show(percent):
    print(percent, "percent, says", threading.current_thread().name)


async def main(reactor):
    await deferToThread(work, reactor)


react(main)
