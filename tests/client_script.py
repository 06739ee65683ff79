"""The tests that the echo client and the chat client share.

`test_echo_client.py` and `test_chat_client.py` run them, each for its own client.
"""

import os
import runpy
import sys
from io import StringIO
from socket import socketpair
from tempfile import TemporaryFile
from types import ModuleType
from typing import Any, ClassVar
from unittest.mock import patch

from twisted.internet import task
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
)
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from tests import ROOT
from tests.transports import TCPTransport


class ConversationCase(SynchronousTestCase):
    """A client between a server and a terminal; a subclass says whose."""

    module: ClassVar[ModuleType]
    protocol: ClassVar[type[Any]]  # the client's

    def setUp(self) -> None:
        """Connects both sides as `main` does."""
        self.connect()

    def connect(self) -> None:
        """Connects a client and its terminal."""
        self.server = TCPTransport()
        self.client = self.protocol()
        self.client.makeConnection(self.server)
        self.terminal = self.module.Terminal(self.client)
        self.screen = StringTransport()
        self.client.terminal = self.output()
        self.terminal.makeConnection(self.screen)

    def output(self) -> object:
        """Returns what the client writes to."""
        raise NotImplementedError

    def test_sends_what_is_typed(self) -> None:
        """A line typed goes to the server and is not shown by the client itself."""
        self.terminal.dataReceived(b"/msg #lobby hello\n")
        self.assertEqual(self.server.value(), b"/msg #lobby hello\n")
        self.assertEqual(self.screen.value(), b"")

    def test_half_closes_at_the_end_of_the_input(self) -> None:
        """The end of the input is passed on, and late answers are still shown."""
        verifyObject(IHalfCloseableProtocol, self.terminal)
        self.terminal.readConnectionLost()
        self.assertTrue(self.server.half_closed)
        self.assertFalse(self.server.disconnecting)
        self.assertIsNone(self.server.producer)
        self.client.dataReceived(b"bye\n")
        self.assertEqual(self.screen.value(), b"bye\n")

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, each line leaves at once instead of being gathered (Nagle)."""
        self.assertTrue(self.server.no_delay)

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
        """When a reader of the output such as `head` ends, so does the conversation."""
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


class ClientScriptCase(SynchronousTestCase):
    """A client's `main` between a server and a terminal; a subclass says whose."""

    module: ClassVar[ModuleType]
    greeting: ClassVar[bytes]  # what a server says first

    def start(self) -> Deferred[None]:
        """Runs `main` up to the conversation."""
        self.screen = StringTransport()
        self.server = TCPTransport()

        def standard_io(terminal: Protocol, **_: object) -> StringTransport:
            self.terminal = terminal
            terminal.makeConnection(self.screen)
            return self.screen

        self.patch(self.module, "StandardIO", standard_io)
        self.patch(sys, "stderr", StringIO())
        reactor, running = self.run_main("tcp:192.0.2.7:7")
        [(_, _, factory, *_)] = reactor.tcpClients
        client = factory.buildProtocol(IPv4Address("TCP", "192.0.2.7", 7))
        assert isinstance(client, Protocol)
        self.client = client
        client.makeConnection(self.server)
        return running

    def run_main(self, endpoint: str) -> tuple[MemoryReactorClock, Deferred[None]]:
        """Calls `main` with a reactor of its own."""
        reactor = MemoryReactorClock()
        return reactor, Deferred.fromCoroutine(self.module.main(reactor, endpoint))

    def end_input(self) -> None:
        """Ends what is typed."""
        IHalfCloseableProtocol(self.terminal).readConnectionLost()

    def end(self, reason: Exception, written: Exception | None = None) -> None:
        """Ends the connection to the server, and then the output."""
        self.client.connectionLost(Failure(reason))
        self.terminal.connectionLost(Failure(written or ConnectionDone()))

    def complaint(self, running: Deferred[None]) -> str:
        """Returns what the client ends with: one line, and so status 1."""
        line = self.failureResultOf(running, SystemExit).value.code
        assert isinstance(line, str)
        self.assertNotIn("\n", line)
        return line

    def test_connects_where_it_is_told(self) -> None:
        """The endpoint's host and port are what the reactor is asked for."""
        reactor, running = self.run_main("tcp:192.0.2.7:7")
        self.assertNoResult(running)
        [(host, port, *_)] = reactor.tcpClients
        self.assertEqual((host, port), ("192.0.2.7", 7))

    def test_ends_when_all_is_written_out(self) -> None:
        """After the connection, it waits for the terminal, and then ends well."""
        running = self.start()
        self.client.dataReceived(self.greeting)
        self.end_input()
        self.client.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.screen.producer)  # or the close would wait for it
        self.assertTrue(self.screen.disconnecting)
        self.assertNoResult(running)
        self.terminal.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.successResultOf(running))

    def test_says_that_the_server_is_gone(self) -> None:
        """A server that ends the conversation first is one line, with status 1."""
        running = self.start()
        self.client.dataReceived(self.greeting)
        self.end(ConnectionDone())
        line = self.complaint(running)
        self.assertEqual(line, "The server hung up: Connection was closed cleanly.")

    def test_says_that_the_output_is_lost_in_the_middle(self) -> None:
        """A file that takes no more is one line, with status 1."""
        with TemporaryFile("w") as full:
            self.patch(sys, "stdout", full)
            running = self.start()
            self.client.dataReceived(self.greeting)
            IHalfCloseableProtocol(self.terminal).writeConnectionLost()
            self.assertIn("Cannot write to standard output", self.complaint(running))

    def test_says_that_the_output_is_lost_at_the_end(self) -> None:
        """The last of an answer may not fit either, when all else went well."""
        with TemporaryFile("w") as full:
            self.patch(sys, "stdout", full)
            running = self.start()
            self.client.dataReceived(self.greeting)
            self.end_input()
            self.end(ConnectionDone(), written=ConnectionLost())
            self.assertIn("Cannot write to standard output", self.complaint(running))

    def test_is_quiet_about_a_reader_that_left(self) -> None:
        """Whether the output is a pipe or a socket, to stop reading is no error."""
        ours, theirs = socketpair()
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w") as pipe, ours, theirs, ours.makefile("w") as file:
            for output in (pipe, file):
                self.patch(sys, "stdout", output)
                running = self.start()
                IHalfCloseableProtocol(self.terminal).writeConnectionLost()
                self.assertIsNone(self.successResultOf(running))

    def test_needs_an_input_and_an_output(self) -> None:
        """Where Python found one of them closed, it says so and does not connect."""
        for closed in ("stdin", "stdout"):
            with patch.object(sys, closed, None):
                reactor, running = self.run_main("tcp:192.0.2.7:7")
            self.assertIn("must be open", self.complaint(running))
            self.assertEqual(reactor.tcpClients, [])

    def test_explains_an_endpoint_that_is_none(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for endpoint in ["", "1234", "tcp", "tcp:host:http", "tcp:host:7:prt=8"]:
            line = self.complaint(self.run_main(endpoint)[1])
            self.assertTrue(line.startswith(f"Cannot connect to '{endpoint}': "), line)

    def test_names_a_folder_that_is_not_there(self) -> None:
        """The server suggests FOLDER for TLS: who copies it reads what is wrong."""
        line = self.complaint(self.run_main("tls:host:7:trustRoots=FOLDER")[1])
        self.assertIn("FOLDER", line.split("': ", maxsplit=1)[1])

    def test_talks_to_this_machine_by_default(self) -> None:
        """Without an ENDPOINT it looks for the server on its default port."""
        started: list[Any] = []
        script = str(self.module.__file__)
        self.patch(sys, "argv", [os.path.relpath(script, ROOT)])
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        runpy.run_path(script, run_name="__main__")
        self.assertEqual(started, [["tcp:127.0.0.1:1234"]])
