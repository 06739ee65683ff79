"""The connection to Redis and its loss, on a reactor without sockets, with a clock."""

import os

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import IPushProducer
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from tests.labs.redis_server import HAS_HIREDIS, HOW_TO_GET_HIREDIS, REQUIRED
from tests.transports import TCPTransport

pytestmark = pytest.mark.slow

if HAS_HIREDIS or REQUIRED:
    from redis_link import RedisLink, RedisOutbox
elif "PYTEST_VERSION" in os.environ:
    pytest.skip(HOW_TO_GET_HIREDIS, allow_module_level=True)
else:
    skip = HOW_TO_GET_HIREDIS  # which trial looks for

HELLO = b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"
PING = b"*1\r\n$4\r\nPING\r\n"
PONG = b"+PONG\r\n"
GREETING = b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n" + PONG
GONE = "Redis is gone, rooms are not shared: "
BACK = "Redis is back, rooms are shared"


def words(*each: str) -> bytes:
    """Returns a command as Redis reads it: how many words, and how long each is."""
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in each]
    return f"*{len(each)}\r\n{''.join(parts)}".encode()


def message(room: str, text: str) -> bytes:
    """Returns what Redis pushes to those who have subscribed to `room`."""
    return words("message", room, text).replace(b"*", b">", 1)


class RedisLinkTests(SynchronousTestCase):
    """What the link says to Redis, hears from it, and does without it."""

    def setUp(self) -> None:
        """Starts a link, which has begun to connect."""
        self.reactor = MemoryReactorClock()
        endpoint = clientFromString(self.reactor, "tcp:redis:6379")
        self.link = RedisLink(endpoint, self.reactor)
        self.messages: list[bytes] = []
        self.link.received = self.messages.append
        self.started = self.link.start()
        self.log: list[str] = []

        @implementer(ILogObserver)
        def keep(event: LogEvent) -> None:
            if event["log_namespace"] == "redis_link":
                self.log.append(event["log_format"].format(**event))

        globalLogPublisher.addObserver(keep)
        self.addCleanup(globalLogPublisher.removeObserver, keep)

    def connect(self, transport: StringTransport | None = None) -> None:
        """Lets the last attempt to connect succeed."""
        factory = self.reactor.tcpClients[-1][2]
        protocol = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 6379))
        assert protocol is not None
        self.protocol, self.transport = protocol, transport or StringTransport()
        protocol.makeConnection(self.transport)

    def refuse(self) -> None:
        """Lets the last attempt to connect fail."""
        factory, connector = self.reactor.tcpClients[-1][2], self.reactor.connectors[-1]
        why = Failure(ConnectError(string="refused"))
        factory.clientConnectionFailed(connector, why)

    def lose(self) -> None:
        """Does what the reactor does when the connection has ended."""
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def said(self) -> bytes:
        """Returns what Redis has been sent since this was last asked."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def logged(self) -> list[str]:
        """Returns what has come to the log of the link since this was last asked."""
        lines, self.log = self.log, []
        return lines

    def wait_for_attempt(self) -> float:
        """Turns the clock until the link tries again; returns how long that took."""
        attempts, start = len(self.reactor.tcpClients), self.reactor.seconds()
        while len(self.reactor.tcpClients) == attempts:
            self.reactor.advance(0.1)
        return float(self.reactor.seconds() - start)

    def test_greets_subscribes_and_asks(self) -> None:
        """It agrees on a version with Redis, asks for its rooms, and for an answer."""
        self.link.subscribe("#tea")
        self.link.subscribe("#art")
        self.connect()
        subscribing = words("SUBSCRIBE", "#art", "#tea")
        self.assertEqual(self.said(), HELLO + subscribing + PING)

    def test_asks_for_no_room_without_rooms(self) -> None:
        """A server with nobody in it spares Redis a SUBSCRIBE, which needs a name."""
        self.connect()
        self.assertEqual(self.said(), HELLO + PING)

    def test_subscribes_and_publishes(self) -> None:
        """Each call is one command, and a message is bytes of any kind."""
        self.connect()
        self.said()
        self.link.subscribe("#tea")
        self.link.publish("#tea", "żółw".encode())
        self.link.unsubscribe("#tea")
        self.assertEqual(
            self.said(),
            words("SUBSCRIBE", "#tea")
            + words("PUBLISH", "#tea", "żółw")
            + words("UNSUBSCRIBE", "#tea"),
        )

    def test_finds_messages_however_the_stream_is_cut(self) -> None:
        """Whole or byte by byte, the same messages come out, and no mere replies."""
        stream = (
            GREETING
            + words("subscribe", "#tea", "1").replace(b"*", b">", 1)
            + message("#tea", "one\r\n$5")
            + b":2\r\n"
            + PONG
            + message("#art", "żółw")
        )
        expected = [b"one\r\n$5", "żółw".encode()]
        for size in (len(stream), 1):
            self.connect()
            for start in range(0, len(stream), size):
                self.protocol.dataReceived(stream[start : start + size])
            self.assertEqual(self.messages, expected)
            self.messages.clear()
            self.lose()
            self.wait_for_attempt()

    def test_comes_back_to_all_rooms(self) -> None:
        """After a loss it subscribes anew, to what it wants then and not before."""
        self.connect()
        self.link.subscribe("#tea")
        self.link.subscribe("#art")
        self.lose()
        self.link.unsubscribe("#art")
        self.link.subscribe("#zen")
        self.wait_for_attempt()
        self.connect()
        self.assertEqual(self.said(), HELLO + words("SUBSCRIBE", "#tea", "#zen") + PING)

    def test_loses_what_is_published_meanwhile(self) -> None:
        """Nothing is kept for a Redis that is away, and nothing breaks."""
        self.link.publish("#tea", b"before")
        self.connect()
        self.assertEqual(self.said(), HELLO + PING)
        self.lose()
        self.link.publish("#tea", b"between")
        self.assertEqual(self.said(), b"")
        self.wait_for_attempt()
        self.connect()
        self.assertEqual(self.said(), HELLO + PING)

    def test_says_when_redis_goes_and_when_it_is_back(self) -> None:
        """One line each, however many attempts to connect fail in between."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        self.assertEqual(self.logged(), [])
        self.lose()
        for _ in range(5):
            self.wait_for_attempt()
            self.refuse()
        self.assertEqual(self.logged(), [f"{GONE}Connection was closed cleanly."])
        for _ in range(2):
            self.wait_for_attempt()
            self.connect()
            self.lose()
        self.wait_for_attempt()
        self.connect()
        self.assertEqual(self.logged(), [])
        self.protocol.dataReceived(GREETING)
        self.assertEqual(self.logged(), [BACK])

    def test_says_when_there_is_no_redis_to_begin_with(self) -> None:
        """A server that starts alone says so, and tries again."""
        self.refuse()
        [line] = self.logged()
        self.assertTrue(line.startswith(GONE) and "refused" in line, line)
        self.wait_for_attempt()
        self.connect()
        self.protocol.dataReceived(GREETING)
        self.assertEqual(self.logged(), [BACK])

    def test_waits_longer_after_each_failure(self) -> None:
        """From a second or two up to ten or eleven: the last part is chance."""
        waits = []
        for _ in range(10):
            self.refuse()
            waits.append(self.wait_for_attempt())
        self.assertLess(waits[0], 2.7)
        self.assertTrue(all(wait > 9.9 for wait in waits[6:]), waits)
        self.assertTrue(all(wait < 11.2 for wait in waits), waits)

    def test_asks_whether_redis_is_there(self) -> None:
        """Every ten seconds; as long as an answer comes back, it stays connected."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        self.said()
        for _ in range(10):
            self.reactor.advance(10)
            self.assertEqual(self.said(), PING)
            self.protocol.dataReceived(PONG)
        self.assertFalse(self.transport.disconnecting)

    def test_gives_a_silent_redis_up(self) -> None:
        """A Redis that no longer answers is left, and nothing more is sent to it."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        self.reactor.advance(10)
        self.assertEqual(self.said(), HELLO + PING + PING)
        self.assertFalse(self.transport.disconnected)
        self.reactor.advance(10)
        self.assertTrue(self.transport.disconnected)
        self.lose()
        self.assertEqual(self.logged(), [f"{GONE}no answer for 10 seconds"])

    def test_waits_ten_seconds_for_the_first_answer(self) -> None:
        """A silent server isn't taken for Redis, nor is an echo server."""
        for echo in (b"", HELLO + PING):
            self.connect()
            self.protocol.dataReceived(echo)
            self.reactor.advance(9.9)
            self.assertFalse(self.transport.disconnected)
            self.reactor.advance(0.1)
            self.assertTrue(self.transport.disconnected)
            self.lose()
            self.successResultOf(self.started)
            self.wait_for_attempt()

    def test_gives_up_on_a_server_that_is_no_redis(self) -> None:
        """An error, or another language, ends the connection; the log says which."""
        self.connect()
        for answer, why in [
            (b"-NOAUTH Authentication required.\r\n", "NOAUTH Authentication"),
            (b"HTTP/1.1 400 Bad Request\r\n", "Protocol error"),
            (b"-ERR unknown command\r\n" + GREETING, "ERR unknown command"),
        ]:
            self.protocol.dataReceived(answer)
            self.assertTrue(self.transport.disconnected)
            self.lose()
            self.assertIn(why, self.logged()[-1])
            self.wait_for_attempt()
            self.connect()
            self.protocol.dataReceived(GREETING)

    def test_shows_no_escape_sequence_of_a_server_that_is_no_redis(self) -> None:
        """Its words could be commands for the terminal that shows the log."""
        self.connect()
        self.protocol.dataReceived(b"-ERR \x1b[2J" + b"!" * 100_000 + b"\r\n")
        self.lose()
        [line] = self.logged()
        self.assertIn("ERR ?[2J", line)
        self.assertTrue(line.isprintable())
        self.assertLess(len(line), 300)

    def test_many_clients_that_hang_up_do_not_cut_the_link(self) -> None:
        """A Redis that is far behind is not asked to forget 400,000 rooms."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        rooms = [f"#room{number}" for number in range(400_000)]
        self.link.rooms.update(rooms)
        IPushProducer(self.transport.producer).pauseProducing()
        for room in rooms:
            self.link.unsubscribe(room)
            self.link.publish(room, b"* somebody has left")
        self.assertFalse(self.transport.disconnected)
        self.link.subscribe("#tea")
        IPushProducer(self.transport.producer).resumeProducing()
        self.assertTrue(self.said().endswith(words("SUBSCRIBE", "#tea")))
        self.assertEqual(self.link.rooms, {"#tea"})

    def test_drops_messages_while_redis_is_behind(self) -> None:
        """One client at full speed costs lines, but the others no connection."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        producer = IPushProducer(self.transport.producer)
        producer.pauseProducing()
        for _ in range(200):
            self.link.publish("#tea", b"x" * 100_000)
        self.assertFalse(self.transport.disconnected)
        most = RedisOutbox.LIMIT // 2
        assert self.link.connection
        waiting = self.link.connection.outbox.waiting
        self.assertTrue(most <= waiting < most + 200_000)
        self.link.subscribe("#art")
        producer.resumeProducing()
        self.assertTrue(self.said().endswith(words("SUBSCRIBE", "#art")))
        self.link.publish("#tea", b"at last")
        self.assertEqual(self.said(), words("PUBLISH", "#tea", "at last"))

    def test_gives_up_a_redis_that_does_not_read(self) -> None:
        """The stage's outbox guards this server's memory on this side as well."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        IPushProducer(self.transport.producer).pauseProducing()
        room = "#" + "x" * 1_000_000  # which no client may join; this takes no time
        for _ in range(20):
            self.link.subscribe(room)
        self.assertTrue(self.transport.disconnected)
        self.assertLess(len(self.said()), RedisOutbox.LIMIT + len(HELLO + PING))
        self.lose()
        self.assertEqual(self.logged(), [f"{GONE}it does not read"])

    def test_stops_quietly(self) -> None:
        """When the server stops, the loss of Redis is its own doing; no timer stays."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        stopped = self.link.service.stopService()
        self.assertTrue(self.transport.disconnecting)
        self.assertNoResult(stopped)
        self.lose()
        self.successResultOf(stopped)
        self.assertEqual(self.logged(), [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_stops_quietly_while_it_connects(self) -> None:
        """An attempt to connect that the link gives up isn't reported as a loss."""
        stopped = self.link.service.stopService()
        self.refuse()
        self.successResultOf(stopped)
        self.assertEqual(self.logged(), [])
        self.assertNoResult(self.started)  # or the server would still begin to listen

    def test_stops_although_redis_takes_nothing(self) -> None:
        """Commands that wait for a stuck Redis delay the end for a while only."""
        self.connect()
        self.protocol.dataReceived(GREETING)
        self.link.service.stopService()
        self.reactor.advance(10)
        self.reactor.advance(10)
        self.assertTrue(self.transport.disconnected)

    def test_lets_its_server_wait_until_redis_is_there(self) -> None:
        """Not a connection counts, but an answer."""
        self.connect()
        self.assertNoResult(self.started)
        self.protocol.dataReceived(GREETING)
        self.successResultOf(self.started)

    def test_lets_its_server_wait_for_one_attempt_alone(self) -> None:
        """A server without Redis is better than none."""
        self.assertNoResult(self.started)
        self.refuse()
        self.successResultOf(self.started)

    def test_asks_tcp_not_to_wait(self) -> None:
        """A line for other servers leaves at once, as one for a client does."""
        transport = TCPTransport()
        self.connect(transport)
        self.assertTrue(transport.no_delay)
