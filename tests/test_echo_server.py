"""The echo server's behaviour, without a network: one story a test."""

import itertools
import os
import runpy
import sys
from io import StringIO
from typing import Any

from echo_server import EchoProtocol, describe, main
from twisted.internet import task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    ITCPTransport,
)
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs, globalLogBeginner
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides
from zope.interface.verify import verifyObject

from tests import ROOT


class EchoTestCase(SynchronousTestCase):
    """Gives each test an echo factory that believes it listens."""

    def setUp(self) -> None:
        """Starts the factory, as a port does when it opens."""
        self.factory = Factory.forProtocol(EchoProtocol)
        self.factory.doStart()

    def connect(self, transport: StringTransport) -> EchoProtocol:
        """Does what the reactor does with a new connection."""
        protocol = self.factory.buildProtocol(transport.getPeer())
        assert protocol is not None
        protocol.makeConnection(transport)
        return protocol


class EchoProtocolTests(EchoTestCase):
    """What one client sees."""

    def setUp(self) -> None:
        """Connects a client through a transport that only remembers what is written."""
        super().setUp()
        self.transport = StringTransport()
        self.echo = self.connect(self.transport)

    def test_says_nothing_first(self) -> None:
        """A client that sends nothing receives nothing."""
        self.assertEqual(self.transport.value(), b"")

    def test_sends_back_what_it_receives(self) -> None:
        """What a client sends is what it receives."""
        self.echo.dataReceived(b"hello\n")
        self.assertEqual(self.transport.value(), b"hello\n")

    def test_keeps_every_byte_as_it_is(self) -> None:
        """Each of the 256 byte values comes back, whether it is text or not."""
        self.echo.dataReceived(bytes(range(256)))
        self.assertEqual(self.transport.value(), bytes(range(256)))

    def test_gives_one_answer_however_the_stream_is_cut(self) -> None:
        """All 512 ways to cut ten bytes into chunks give the same ten bytes back."""
        message = b"ab\r\n\xc3\xa9\x00\xffz\n"
        for cuts in itertools.product([True, False], repeat=len(message) - 1):
            transport = StringTransport()
            echo = self.connect(transport)
            start = 0
            for end, cut in enumerate([*cuts, True], start=1):
                if cut:
                    echo.dataReceived(message[start:end])
                    start = end
            self.assertEqual(transport.value(), message)

    def test_keeps_clients_apart(self) -> None:
        """What one client sends does not reach another."""
        other = StringTransport()
        self.connect(other)
        self.echo.dataReceived(b"for me alone")
        self.assertEqual(other.value(), b"")

    def test_answers_a_client_that_half_closes(self) -> None:
        """A client that ends its sending still gets its answer, then the close."""
        verifyObject(IHalfCloseableProtocol, self.echo)
        self.echo.dataReceived(b"the last words")
        self.assertFalse(self.transport.disconnecting)
        self.echo.readConnectionLost()
        self.assertEqual(self.transport.value(), b"the last words")
        self.assertTrue(self.transport.disconnecting)

    def test_unregisters_before_it_hangs_up(self) -> None:
        """No producer is left at the close, or the close would wait for it."""
        self.echo.readConnectionLost()
        self.assertIsNone(self.transport.producer)

    def test_survives_the_end_of_its_own_sending(self) -> None:
        """The half-close that this server never asks for would change nothing."""
        self.echo.writeConnectionLost()
        self.assertFalse(self.transport.disconnecting)

    def test_stops_reading_while_its_answers_wait(self) -> None:
        """A full outgoing buffer stops the reading, an empty one lets it go on."""
        # What TCP does by itself; StringTransport leaves both calls to the test.
        self.assertTrue(self.transport.streaming)
        IPushProducer(self.transport.producer).pauseProducing()
        self.assertEqual(self.transport.producerState, "paused")
        IPushProducer(self.transport.producer).resumeProducing()
        self.assertEqual(self.transport.producerState, "producing")

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, small answers leave at once instead of being gathered (Nagle)."""
        asked: list[bool] = []
        transport = StringTransport()
        vars(transport)["setTcpNoDelay"] = asked.append
        alsoProvides(transport, ITCPTransport)
        self.connect(transport)
        self.assertEqual(asked, [True])


class LoggingTests(EchoTestCase):
    """What the server's log says of a client that is gone."""

    def logged_when_lost(self, reason: Exception) -> list[str]:
        """Returns the lines logged as a client at 192.0.2.7 is lost for `reason`."""
        peer = IPv4Address("TCP", "192.0.2.7", 50000)
        echo = self.connect(StringTransport(peerAddress=peer))
        with capturedLogs() as events:
            echo.connectionLost(Failure(reason))
        return [event["log_format"].format(**event) for event in events]

    def test_is_silent_about_a_clean_close(self) -> None:
        """Normal traffic leaves no trace in the log."""
        self.assertEqual(self.logged_when_lost(ConnectionDone()), [])

    def test_has_one_line_about_a_broken_connection(self) -> None:
        """A connection that broke is one line: who, and why."""
        [line] = self.logged_when_lost(ConnectionLost("reset"))
        self.assertIn("192.0.2.7", line)
        self.assertIn("reset", line)

    def test_is_silent_about_clients_that_it_cuts_off_itself(self) -> None:
        """Once the port is closed, lost clients are this server's own doing."""
        self.factory.doStop()
        self.assertEqual(self.logged_when_lost(ConnectionLost()), [])


class MainTests(SynchronousTestCase):
    """What the script does with its ENDPOINT, on a reactor without sockets."""

    def setUp(self) -> None:
        """Catches what is printed."""
        self.output = StringIO()
        self.patch(sys, "stdout", self.output)
        self.patch(sys, "orig_argv", ["python", "01_echo/echo_server.py"])
        self.patch(sys, "argv", ["01_echo/echo_server.py"])
        self.reactor = MemoryReactorClock()

    def test_listens_where_it_is_told(self) -> None:
        """The endpoint's port and interface are what the reactor is asked for."""
        running = Deferred.fromCoroutine(
            main(self.reactor, "tcp:7:interface=127.0.0.1")
        )
        self.assertNoResult(running)
        [(port, factory, _backlog, interface)] = self.reactor.tcpServers
        self.assertEqual((port, interface), (7, "127.0.0.1"))
        peer = IPv4Address("TCP", "192.0.2.7", 50000)
        self.assertIsInstance(factory.buildProtocol(peer), EchoProtocol)

    def test_announces_itself_in_one_line(self) -> None:
        """Once the reactor runs, one line says what listens, where, and what to try."""
        Deferred.fromCoroutine(main(self.reactor, "tcp:7"))
        self.assertEqual(self.output.getvalue(), "")
        self.reactor.run()
        self.assertEqual(
            self.output.getvalue(),
            "Echo server on 0.0.0.0:7. "
            'Try: python 01_echo/echo_client.py "tcp:0.0.0.0:7"\n',
        )

    def test_closes_its_port_before_its_clients(self) -> None:
        """Shutdown waits for the port to close, so that no client is called lost."""
        Deferred.fromCoroutine(main(self.reactor, "tcp:7"))
        [stop] = self.reactor.triggers["before"]["shutdown"]
        self.assertEqual(stop[0].__name__, "stopListening")

    def test_explains_an_endpoint_that_is_none(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for endpoint in [
            "",
            "1234",
            "tcp",
            "tcp:http",
            "tcp:7:port=8",
            "ssl:7:privateKey=?",
        ]:
            running = Deferred.fromCoroutine(main(self.reactor, endpoint))
            message = self.failureResultOf(running, SystemExit).value.code
            self.assertTrue(
                message.startswith(f"Cannot listen on '{endpoint}': "), message
            )
            self.assertNotIn("\n", message)
        self.assertEqual(self.reactor.tcpServers, [])
        self.assertEqual(self.output.getvalue(), "")

    def test_explains_a_busy_port(self) -> None:
        """A port in use ends in one line with the system's reason, and status 1."""

        def refuse(*_: object, **__: object) -> None:
            raise CannotListenError("127.0.0.1", 7, OSError("Address already in use"))

        self.patch(self.reactor, "listenTCP", refuse)
        running = Deferred.fromCoroutine(main(self.reactor, "tcp:7"))
        message = self.failureResultOf(running, SystemExit).value.code
        self.assertIn("Address already in use", message)

    def test_serves_this_machine_alone_by_default(self) -> None:
        """Without an ENDPOINT it is the article's port, on loopback."""
        started: list[list[str]] = []
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        self.patch(globalLogBeginner, "beginLoggingTo", lambda *_, **__: None)
        runpy.run_path(os.fspath(ROOT / "01_echo/echo_server.py"), run_name="__main__")
        self.assertEqual(started, [["tcp:1234:interface=127.0.0.1"]])


class DescribeTests(SynchronousTestCase):
    """How an address is written, for people and for the client."""

    def test_knows_each_kind_of_address(self) -> None:
        """IPv4, IPv6, a UNIX socket's path, and TLS, which the address cannot show."""
        ipv4 = IPv4Address("TCP", "127.0.0.1", 1234)
        ipv6 = IPv6Address("TCP", "::1", 1234)
        path = UNIXAddress(b"/tmp/echo.sock")
        tls = "tls:localhost:1234:trustRoots=FOLDER"
        cases: list[tuple[Any, str, tuple[str, str]]] = [
            (ipv4, "tcp:1234", ("127.0.0.1:1234", "tcp:127.0.0.1:1234")),
            (ipv6, "tcp6:1234", ("[::1]:1234", r"tcp:\:\:1:1234")),
            (path, "unix:…", ("/tmp/echo.sock", "unix:/tmp/echo.sock")),
            (ipv4, "ssl:1234", ("127.0.0.1:1234", tls)),
            (ipv6, "tls:.:1234", ("[::1]:1234", tls)),
        ]
        for bound, endpoint, expected in cases:
            self.assertEqual(describe(bound, endpoint), expected)
