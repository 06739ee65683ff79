"""A request counter that keeps its number in a database, and waits for it."""

import sqlite3
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where counter_server is

from counter_server import DEFAULT, CounterSite, RequestCounter
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import Request

TABLE = "CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, number INTEGER)"
ROW = "INSERT OR IGNORE INTO counter VALUES (1, 0)"
COUNT = "UPDATE counter SET number = number + 1 RETURNING number"


def opened(file: str) -> sqlite3.Connection:
    """Opens a database, and makes its table and the only row if it has none."""
    database = sqlite3.connect(file)
    database.execute("PRAGMA journal_mode=WAL")
    with database:  # commits at the end
        database.execute(TABLE)
        database.execute(ROW)
    return database


class BlockingCounter(RequestCounter):
    """Answers each GET with a number from a database."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.database = opened(file)
        [[self.count]] = self.database.execute("SELECT number FROM counter")

    def render_GET(self, request: Request) -> bytes:
        """Counts, and waits until the database has written the number down."""
        with self.database:
            [[self.count]] = self.database.execute(COUNT)
        return self.body(request, self.count)


async def serve(reactor: IReactorCore, counter: Resource, endpoint: str) -> None:
    """Lets `counter` answer at `endpoint`, within the limits of the stage's server."""
    site = CounterSite(IReactorTime(reactor))
    site.resource = counter
    try:
        port = await serverFromString(reactor, endpoint).listen(site)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {why}")
    line = f"Listening on http://127.0.0.1:{port.getHost().port}/"
    reactor.callWhenRunning(print, line, flush=True)
    await Deferred()


async def main(
    reactor: IReactorCore, endpoint: str = DEFAULT, file: str = "count.db"
) -> None:
    """Counts at `endpoint`, in the database `file`."""
    await serve(reactor, BlockingCounter(file), endpoint)


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
