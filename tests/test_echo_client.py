"""The echo client's behaviour, without a network or a terminal: one story a test."""

import os
import runpy
import sys

import echo_client
from echo_client import EchoClient, Terminal, main
from twisted.internet import task
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides
from zope.interface.verify import verifyObject

from tests import ROOT


class HalfCloseableTransport(StringTransport):
    """A string transport that remembers whether its sending half was closed."""

    half_closed = False

    def loseWriteConnection(self) -> None:
        """Closes the sending half, as TCP and UNIX sockets can."""
        self.half_closed = True


class ConversationTests(SynchronousTestCase):
    """The client between a server and a terminal."""

    def setUp(self) -> None:
        """Connects both sides as `main` does."""
        self.server = HalfCloseableTransport()
        self.client = EchoClient()
        self.client.makeConnection(self.server)
        self.terminal = Terminal(self.client)
        self.screen = StringTransport()
        self.client.terminal = self.screen
        self.terminal.makeConnection(self.screen)

    def test_sends_what_is_typed(self) -> None:
        """A line typed goes to the server and is not shown by the client itself."""
        self.terminal.dataReceived(b"hello\n")
        self.assertEqual(self.server.value(), b"hello\n")
        self.assertEqual(self.screen.value(), b"")

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, each line leaves at once instead of being gathered (Nagle)."""
        asked: list[bool] = []
        transport = StringTransport()
        vars(transport)["setTcpNoDelay"] = asked.append
        alsoProvides(transport, ITCPTransport)
        EchoClient().makeConnection(transport)
        self.assertEqual(asked, [True])

    def test_shows_what_comes_back(self) -> None:
        """Whatever the server sends is shown, byte for byte."""
        self.client.dataReceived(b"\xff\x00\r\n")
        self.assertEqual(self.screen.value(), b"\xff\x00\r\n")

    def test_half_closes_at_the_end_of_the_input(self) -> None:
        """The end of the input is passed on, and late answers are still shown."""
        verifyObject(IHalfCloseableProtocol, self.terminal)
        self.terminal.dataReceived(b"bye")
        self.terminal.readConnectionLost()
        self.assertTrue(self.server.half_closed)
        self.assertFalse(self.server.disconnecting)
        self.client.dataReceived(b"bye")
        self.assertEqual(self.screen.value(), b"bye")
        self.assertFalse(self.server.disconnecting)

    def test_over_tls_hangs_up_after_the_last_answer(self) -> None:
        """Without a half-close, the client waits for all its bytes, then closes."""
        alsoProvides(self.server, ISSLTransport)
        self.terminal.dataReceived(b"bye")
        self.terminal.readConnectionLost()
        self.client.dataReceived(b"by")
        self.assertFalse(self.server.disconnecting)
        self.client.dataReceived(b"e")
        self.assertTrue(self.server.disconnecting)
        self.assertFalse(self.server.half_closed)

    def test_over_tls_hangs_up_at_once_if_nothing_is_owed(self) -> None:
        """With all answers there, the end of the input ends a TLS connection."""
        alsoProvides(self.server, ISSLTransport)
        self.terminal.readConnectionLost()
        self.assertTrue(self.server.disconnecting)

    def test_a_slow_server_stops_the_input(self) -> None:
        """While the server takes no more, nothing more is read from standard input."""
        self.assertTrue(self.server.streaming)
        IPushProducer(self.server.producer).pauseProducing()
        self.assertEqual(self.screen.producerState, "paused")
        IPushProducer(self.server.producer).resumeProducing()
        self.assertEqual(self.screen.producerState, "producing")

    def test_a_slow_reader_of_the_output_stops_the_server(self) -> None:
        """While standard output takes no more, nothing more is read from the server."""
        self.assertTrue(self.screen.streaming)
        IPushProducer(self.screen.producer).pauseProducing()
        self.assertEqual(self.server.producerState, "paused")

    def test_leaves_when_nobody_reads_the_output(self) -> None:
        """The end of whoever reads the output, `head` say, ends the conversation."""
        self.terminal.writeConnectionLost()
        self.failureResultOf(self.client.closed, CancelledError)

    def test_ignores_the_end_of_the_input_after_that(self) -> None:
        """A conversation that is over is not ended again when the input closes too."""
        self.terminal.writeConnectionLost()
        self.failureResultOf(self.client.closed, CancelledError)
        self.terminal.readConnectionLost()
        self.assertFalse(self.server.half_closed)

    def test_says_why_the_connection_ended(self) -> None:
        """`closed` brings the reason for the end."""
        self.client.connectionLost(Failure(ConnectionLost("reset")))
        reason = self.successResultOf(self.client.closed)
        self.assertIsInstance(reason, ConnectionLost)

    def test_says_when_all_is_shown(self) -> None:
        """The terminal's `closed` fires when standard output is done."""
        self.terminal.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.successResultOf(self.terminal.closed))


class MainTests(SynchronousTestCase):
    """What the script does with its ENDPOINT."""

    def test_connects_where_it_is_told(self) -> None:
        """The endpoint's host and port are what the reactor is asked for."""
        reactor = MemoryReactorClock()
        running = Deferred.fromCoroutine(main(reactor, "tcp:192.0.2.7:7"))
        self.assertNoResult(running)
        [(host, port, *_)] = reactor.tcpClients
        self.assertEqual((host, port), ("192.0.2.7", 7))

    def test_ends_when_all_is_written_out(self) -> None:
        """After the connection, it waits for the terminal, and then ends well."""
        screen, server = StringTransport(), HalfCloseableTransport()
        terminals: list[Terminal] = []

        def standard_io(terminal: Terminal, **_: object) -> StringTransport:
            terminals.append(terminal)
            terminal.makeConnection(screen)
            return screen

        self.patch(echo_client, "StandardIO", standard_io)
        reactor = MemoryReactorClock()
        running = Deferred.fromCoroutine(main(reactor, "tcp:192.0.2.7:7"))
        [(_, _, factory, *_)] = reactor.tcpClients
        connection = factory.buildProtocol(IPv4Address("TCP", "192.0.2.7", 7))
        assert connection is not None
        connection.makeConnection(server)
        [terminal] = terminals
        terminal.readConnectionLost()
        connection.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(screen.producer)  # or the close would wait for it
        self.assertTrue(screen.disconnecting)
        self.assertNoResult(running)
        terminal.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.successResultOf(running))

    def test_explains_an_endpoint_that_is_none(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for endpoint in ["", "1234", "tcp", "tcp:host:http", "tcp:host:7:prt=8"]:
            running = Deferred.fromCoroutine(main(MemoryReactorClock(), endpoint))
            message = self.failureResultOf(running, SystemExit).value.code
            expected = f"Cannot connect to '{endpoint}': "
            self.assertTrue(message.startswith(expected), message)
            self.assertNotIn("\n", message)

    def test_names_a_folder_that_is_not_there(self) -> None:
        """The server suggests FOLDER for TLS: who copies it reads what is wrong."""
        running = Deferred.fromCoroutine(
            main(MemoryReactorClock(), "tls:host:7:trustRoots=FOLDER")
        )
        message = self.failureResultOf(running, SystemExit).value.code
        self.assertIn("FOLDER", message.split("': ", maxsplit=1)[1])

    def test_talks_to_this_machine_by_default(self) -> None:
        """Without an ENDPOINT it looks for the server on its default port."""
        started = []
        self.patch(sys, "argv", ["01_echo/echo_client.py"])
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        runpy.run_path(os.fspath(ROOT / "01_echo/echo_client.py"), run_name="__main__")
        self.assertEqual(started, [["tcp:127.0.0.1:1234"]])
