"""Measures how long others wait while another program has locked the database."""

import os
import sqlite3
from contextlib import closing
from tempfile import TemporaryDirectory

from blocked_reactor import PAUSE, ask
from counter_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

LOCKED = 1  # second
NONSENSE = "no path"  # has a space in it: Twisted answers 400, and asks nobody


async def measure(server: Server) -> dict[str, Row]:
    """Returns how long a number took, and a 400 for somebody else meanwhile."""
    endpoint = await server.listening()
    server.progress(f"another program locks the database for {LOCKED} second")
    clock = IReactorTime(server.reactor)

    async def wait_for(path: str) -> float:
        start = clock.seconds()
        await ask(endpoint, path)
        return (clock.seconds() - start) * 1000

    with closing(sqlite3.connect("count.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        clock.callLater(LOCKED, other.rollback)
        number = Deferred.fromCoroutine(wait_for("/"))
        waits = []
        while not number.called:
            waits.append(await wait_for(NONSENSE))
            await deferLater(clock, PAUSE)
    return {
        "wait for a number, ms": await number,
        "longest wait for a 400, ms": max(waits),
    }


if __name__ == "__main__":
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)  # both servers make their count.db here
        compare(measure, "count_blocks.py", "lasting_counter.py")
