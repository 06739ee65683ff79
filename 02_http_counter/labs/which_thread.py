"""Shows which thread does what, while a statement of a database takes its time."""

import threading
import time

from twisted.enterprise.adbapi import ConnectionPool, Transaction
from twisted.internet import task
from twisted.internet.interfaces import IReactorCore


def say(what: str) -> None:
    """Prints something, after the kind of thread that does it."""
    print(f"{threading.current_thread().name.partition('-')[0]}: {what}", flush=True)


def count(cursor: Transaction) -> int:
    """Gets a number from the database, and takes its time."""
    say("runs the statement")
    [number] = cursor.execute("SELECT 7").fetchone()
    time.sleep(0.5)  # as on a slow disk
    say("has the number")
    return int(number)


async def main(reactor: IReactorCore) -> None:
    """Asks a database, and does something else meanwhile."""
    database = ConnectionPool(
        "sqlite3", ":memory:", check_same_thread=False, cp_max=1, cp_reactor=reactor
    )
    others = task.LoopingCall(say, "serves others")
    others.start(0.2, now=False).addErrback(print)
    say("asks for a number")
    number = await database.runInteraction(count)
    say(f"answers with {number}")
    others.stop()


if __name__ == "__main__":
    task.react(main)
