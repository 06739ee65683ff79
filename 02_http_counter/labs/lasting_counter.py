"""A request counter whose number lasts: a thread writes it into a database."""

import sys

from count_blocks import COUNT, opened, serve
from counter_server import DEFAULT, log
from twisted.enterprise.adbapi import ConnectionPool
from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorCore
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

LOOK = "SELECT number + 1 FROM counter"


class LastingCounter(Resource):
    """Answers each GET with a number from a database, once it is written down."""

    isLeaf = True

    def __init__(self, database: ConnectionPool) -> None:
        super().__init__()
        self.database = database

    def render_GET(self, request: Request) -> int:
        """Counts a request."""
        return self.later(request, COUNT)

    def render_HEAD(self, request: Request) -> int:
        """Looks at the next number, and counts nothing."""
        return self.later(request, LOOK)

    def later(self, request: Request, statement: str) -> int:
        """Begins an answer, and gives it up if the client leaves."""
        answering = Deferred.fromCoroutine(self.answer(request, statement))
        answering.addErrback(self.failed, request)
        request.notifyFinish().addErrback(lambda _failure: answering.cancel())
        return NOT_DONE_YET

    async def answer(self, request: Request, statement: str) -> None:
        """Answers with the number that a statement returns."""
        [[number]] = await self.database.runQuery(statement)
        body = b"I am request #%d\n" % number
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"content-length", b"%d" % len(body))
        request.write(body)
        request.finish()

    def failed(self, failure: Failure, request: Request) -> None:
        """Says that the database does not answer, unless the client has left."""
        if not failure.check(CancelledError):
            log.failure("Cannot count", failure)
            request.setResponseCode(503)
            request.finish()


def pool(reactor: IReactorCore, file: str) -> ConnectionPool:
    """Returns one thread with one connection to a database, which it opens."""
    opened(file).close()
    return ConnectionPool(
        "sqlite3",
        file,
        timeout=30,
        check_same_thread=False,
        cp_max=1,
        cp_reactor=reactor,
    )


async def main(
    reactor: IReactorCore, endpoint: str = DEFAULT, file: str = "count.db"
) -> None:
    """Counts at `endpoint`, in the database `file`."""
    await serve(reactor, LastingCounter(pool(reactor, file)), endpoint)


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
