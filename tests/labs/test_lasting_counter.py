"""The count that lasts: over a database that a test answers for, and over SQLite."""

from contextlib import closing
from pathlib import Path
from typing import Any, cast

from count_blocks import COUNT, BlockingCounter, opened, serve
from counter_server import CounterSite
from echo_again import HalfClosing
from lasting_counter import LOOK, LastingCounter, pool
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactor, MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from tests.real_sockets import real_sockets
from tests.stage_process import LOOPBACK

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Database:
    """Stands in for a ConnectionPool, and answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Deferred[Any]]] = []

    def runQuery(self, statement: str) -> Deferred[Any]:
        """Notes a statement, and returns a Deferred of the rows."""
        rows: Deferred[Any] = Deferred()
        self.asked.append((statement, rows))
        return rows


class LastingCounterTests(SynchronousTestCase):
    """What a client is told, and when."""

    def setUp(self) -> None:
        """Connects a client."""
        self.clock = Clock()
        self.database = Database()
        self.site = CounterSite(self.clock)
        self.site.resource = LastingCounter(cast("Any", self.database))
        self.channel = self.site.buildProtocol(IPv4Address("TCP", "192.0.2.7", 50000))
        self.transport = StringTransport()
        self.channel.makeConnection(self.transport)

    def test_answers_once_the_number_is_written_down(self) -> None:
        """Nothing is sent before, and then what the stage's counter would send."""
        self.channel.dataReceived(GET)
        [(statement, rows)] = self.database.asked
        self.assertEqual((statement, self.transport.value()), (COUNT, b""))
        rows.callback([(7,)])
        head, _, body = self.transport.value().partition(b"\r\n\r\n")
        self.assertEqual(body, b"I am request #7\n")
        for header in (
            b"Content-Type: text/plain",
            b"Cache-Control: no-store",
            b"Content-Length: 16",
        ):
            self.assertIn(header, head.split(b"\r\n"))

    def test_head_only_looks(self) -> None:
        """It is told how long the next answer is, and gets no body."""
        self.channel.dataReceived(GET.replace(b"GET", b"HEAD"))
        [(statement, rows)] = self.database.asked
        self.assertEqual(statement, LOOK)
        rows.callback([(10,)])
        self.assertIn(b"\r\nContent-Length: 17\r\n", self.transport.value())
        self.assertTrue(self.transport.value().endswith(b"\r\n\r\n"))

    def test_without_the_database_it_is_503(self) -> None:
        """The reason is in the log, and the connection can be used again."""
        self.channel.dataReceived(GET)
        self.database.asked.pop()[1].errback(OSError("disk full"))
        self.assertIn(b"HTTP/1.1 503 ", self.transport.value())
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.channel.dataReceived(GET)
        self.database.asked.pop()[1].callback([(8,)])
        self.assertIn(b"I am request #8\n", self.transport.value())

    def test_a_client_that_leaves_costs_nothing_more(self) -> None:
        """Its number comes too late, and that is no error."""
        self.channel.dataReceived(GET)
        self.channel.connectionLost(Failure(ConnectionDone()))
        self.database.asked.pop()[1].callback([(7,)])
        self.assertEqual(self.transport.value(), b"")

    def test_a_client_that_half_closes_gets_its_number(self) -> None:
        """However long it takes to write it down, up to a minute."""
        self.channel.dataReceived(GET)
        half_closed = IHalfCloseableProtocol(self.channel)
        half_closed.readConnectionLost()
        self.assertFalse(self.transport.disconnecting)
        self.database.asked.pop()[1].callback([(7,)])
        half_closed.readConnectionLost()
        self.assertIn(b"I am request #7\n", self.transport.value())
        self.assertTrue(self.transport.disconnecting)


def test_the_number_survives_the_end_of_the_connection(tmp_path: Path) -> None:
    """The next program that opens the file goes on; reading changes nothing."""
    for number in (1, 2, 3):
        with closing(opened(str(tmp_path / "count.db"))) as database, database:
            [[seen]] = database.execute(LOOK)
            [[counted]] = database.execute(COUNT)
        assert (seen, counted) == (number, number)


def test_a_counter_that_is_started_anew_goes_on(tmp_path: Path) -> None:
    """HEAD, too, looks at the number that the database has."""
    file = str(tmp_path / "count.db")
    with closing(BlockingCounter(file).database) as database, database:
        database.execute(COUNT).fetchall()
    counter = BlockingCounter(file)
    counter.database.close()
    assert counter.count == 1


def test_a_bad_endpoint_is_one_line() -> None:
    """The server ends with what is wrong, and no traceback."""
    reactor = cast("Any", MemoryReactorClock())
    serving = Deferred.fromCoroutine(serve(reactor, Resource(), "nonsense"))
    failure = serving.result
    assert isinstance(failure, Failure)
    assert failure.check(SystemExit)
    assert "Cannot listen on 'nonsense': " in failure.getErrorMessage()
    serving.addErrback(lambda _failure: None)


def test_the_pool_is_one_thread_that_waits_for_its_turn(tmp_path: Path) -> None:
    """More threads would only wait for each other."""
    database = pool(MemoryReactor(), str(tmp_path / "count.db"))
    assert (database.min, database.max) == (1, 1)
    assert database.connkw["timeout"] == 30


@real_sockets(seconds=20)
async def test_with_sqlite_each_client_gets_a_number_of_its_own(tmp_path: Path) -> None:
    """Forty clients at once, each of which half-closes after its request."""
    from twisted.internet import reactor

    database = pool(reactor, str(tmp_path / "count.db"))
    site = CounterSite(IReactorTime(reactor))
    site.resource = LastingCounter(database)
    port = await serverFromString(reactor, LOOPBACK).listen(site)
    where = f"tcp:127.0.0.1:{port.getHost().port}"

    async def ask() -> int:
        endpoint = clientFromString(reactor, where)
        client: HalfClosing = await connectProtocol(endpoint, HalfClosing())
        return int((await client.ended).rpartition(b"#")[2])

    asking = [Deferred.fromCoroutine(ask()) for _ in range(40)]
    assert sorted(await gatherResults(asking)) == [*range(1, 41)]
    await port.stopListening()
    database.close()
