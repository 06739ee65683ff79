"""Shows which thread does what, while a statement of a database takes its time."""

import sys
import threading
import time

from twisted.enterprise.adbapi import ConnectionPool, Transaction
from twisted.internet import task
from twisted.internet.interfaces import IReactorCore


def say(what: str) -> None:
    """Prints something, after the kind of thread that does it."""
    thread = threading.current_thread().name.partition("-")[0]
    # One piece, line end included: print would let another thread write between them.
    sys.stdout.write(f"{thread}: {what}\n")


def count(cursor: Transaction) -> int:
    """Gets a number from the database, and takes its time."""
    say("runs the statement")
    [number] = cursor.execute("SELECT 7").fetchone()
    time.sleep(2.5)  # as on a slow disk
    say("has the number")
    return int(number)


async def main(reactor: IReactorCore) -> None:
    """Asks a database, and does something else meanwhile."""
    database = ConnectionPool(
        "sqlite3", ":memory:", check_same_thread=False, cp_max=1, cp_reactor=reactor
    )
    others = task.LoopingCall(say, "serves others")
    others.start(1, now=False).addErrback(print)
    say("asks for a number")
    number = await database.runInteraction(count)
    say(f"answers with {number}")
    others.stop()


if __name__ == "__main__":
    task.react(main)
