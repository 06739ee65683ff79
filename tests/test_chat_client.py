"""The chat client's behaviour, without a network or a terminal: one story a test."""

import os
import runpy
import sys
from io import StringIO

import chat_client
from chat_client import ChatClient, Terminal, main
from chat_commands import UNSAFE
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


class TerminalOutput(StringIO):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        """Says that it is one."""
        return True


class ConversationTests(SynchronousTestCase):
    """The client between a server and a terminal."""

    def setUp(self) -> None:
        """Connects both sides as `main` does, with a pipe for standard output."""
        self.patch(sys, "stdout", StringIO())
        self.connect()

    def connect(self) -> None:
        """Connects a client and its terminal."""
        self.server = HalfCloseableTransport()
        self.client = ChatClient()
        self.client.makeConnection(self.server)
        self.terminal = Terminal(self.client)
        self.screen = StringTransport()
        self.client.terminal = self.terminal
        self.terminal.makeConnection(self.screen)

    def test_sends_what_is_typed(self) -> None:
        """A line typed goes to the server and is not shown by the client itself."""
        self.terminal.dataReceived(b"/msg #lobby hello\n")
        self.assertEqual(self.server.value(), b"/msg #lobby hello\n")
        self.assertEqual(self.screen.value(), b"")

    def test_sends_what_a_pipe_holds(self) -> None:
        """Lines in blocks cut anywhere go to the server as they are."""
        for block in (b"/nick ann\r\n\n/ni", b"ck bob\n\xff"):
            self.terminal.dataReceived(block)
        self.assertEqual(self.server.value(), b"/nick ann\r\n\n/nick bob\n")

    def test_sends_a_last_line_without_an_end(self) -> None:
        """A file may end without a newline: its last line is sent with one."""
        self.terminal.dataReceived(b"/nick ann")
        self.terminal.readConnectionLost()
        self.assertEqual(self.server.value(), b"/nick ann\n")

    def test_sends_lines_of_any_length(self) -> None:
        """It is the server that refuses a long line; no byte of it is kept back."""
        self.terminal.dataReceived(b"x" * 50_000)
        self.terminal.dataReceived(b"y" * 50_000 + b"\n/nick ann\n")
        self.assertEqual(
            self.server.value(), b"x" * 50_000 + b"y" * 50_000 + b"\n/nick ann\n"
        )
        self.assertFalse(self.screen.disconnecting)

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, each line leaves at once instead of being gathered (Nagle)."""
        asked: list[bool] = []
        transport = StringTransport()
        vars(transport)["setTcpNoDelay"] = asked.append
        alsoProvides(transport, ITCPTransport)
        ChatClient().makeConnection(transport)
        self.assertEqual(asked, [True])

    def test_shows_whole_lines(self) -> None:
        """A line is shown once it is complete, however it arrives."""
        line = "#lobby <bob> zażółć 👩\u200d💻\n".encode()
        for byte in line:
            self.assertEqual(self.screen.value(), b"")
            self.client.dataReceived(bytes([byte]))
        self.assertEqual(self.screen.value(), line)

    def test_shows_nothing_that_acts_on_a_terminal(self) -> None:
        """Control characters and broken text from a bad server are replaced."""
        self.client.dataReceived(b"\x1b[2J\x00 \xc2\x9b \xe2\x80\xae \xff\r\n")
        self.assertEqual(
            self.screen.value().decode(), "\ufffd[2J\ufffd \ufffd \ufffd \ufffd\ufffd\n"
        )

    def test_agrees_with_the_server_on_what_is_unsafe(self) -> None:
        """Each stage script stands alone, so the rule is written twice."""
        self.assertEqual(chat_client.UNSAFE, UNSAFE)

    def test_gives_a_line_the_place_of_what_is_typed(self) -> None:
        """At a terminal, a line that arrives begins on a line that is cleared."""
        self.patch(sys, "stdout", TerminalOutput())
        self.patch(sys, "platform", "linux")
        self.connect()
        self.client.dataReceived(b"<bob> hi\n")
        self.assertEqual(self.screen.value(), b"\r\x1b[K<bob> hi\n")

    def test_clears_nothing_on_windows(self) -> None:
        """Windows's console might show the sequence instead of obeying it."""
        self.patch(sys, "stdout", TerminalOutput())
        self.patch(sys, "platform", "win32")
        self.connect()
        self.client.dataReceived(b"<bob> hi\n")
        self.assertEqual(self.screen.value(), b"<bob> hi\n")

    def test_quits(self) -> None:
        """`/quit` ends the conversation, is not sent, and nothing is after it."""
        for quitting in (b"/quit\n", b" /quit \r\n"):
            self.connect()
            self.terminal.dataReceived(b"/nick ann\n" + quitting + b"/nick bob\n")
            self.terminal.dataReceived(b"x" * 50_000)
            self.assertEqual(self.server.value(), b"/nick ann\n")
            self.assertTrue(self.server.half_closed)
            self.assertFalse(self.server.disconnecting)
            self.client.dataReceived(b"* guest1 is now known as ann\n")
            self.assertIn(b"known as ann", self.screen.value())

    def test_quits_once(self) -> None:
        """The end of the input after `/quit` changes nothing."""
        self.terminal.dataReceived(b"/quit\n")
        self.server.half_closed = False
        self.terminal.readConnectionLost()
        self.assertFalse(self.server.half_closed)

    def test_half_closes_at_the_end_of_the_input(self) -> None:
        """The end of the input is passed on, and late answers are still shown."""
        verifyObject(IHalfCloseableProtocol, self.terminal)
        self.terminal.readConnectionLost()
        self.assertTrue(self.server.half_closed)
        self.assertFalse(self.server.disconnecting)
        self.assertIsNone(self.server.producer)
        self.client.dataReceived(b"bye\n")
        self.assertEqual(self.screen.value(), b"bye\n")

    def test_over_tls_asks_a_last_question(self) -> None:
        """Without a half-close, it hangs up after an answer that must be the last."""
        alsoProvides(self.server, ISSLTransport)
        self.terminal.readConnectionLost()
        self.assertFalse(self.server.half_closed)
        self.assertFalse(self.server.disconnecting)
        channel = self.server.value().removeprefix(b"/leave ").rstrip(b"\n")
        self.client.dataReceived(b"error: an earlier one\nerror: not in %b\n" % channel)
        self.assertTrue(self.server.disconnecting)
        self.assertEqual(self.screen.value(), b"error: an earlier one\n")

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

    def start(self) -> tuple[Deferred[None], ChatClient, Terminal]:
        """Runs `main` up to the conversation; gives both sides of it."""
        self.screen = StringTransport()
        terminals: list[Terminal] = []

        def standard_io(terminal: Terminal, **_: object) -> None:
            terminals.append(terminal)
            terminal.makeConnection(self.screen)

        self.patch(chat_client, "StandardIO", standard_io)
        reactor = MemoryReactorClock()
        running = Deferred.fromCoroutine(main(reactor, "tcp:192.0.2.7:7"))
        [(_, _, factory, *_)] = reactor.tcpClients
        connection = factory.buildProtocol(IPv4Address("TCP", "192.0.2.7", 7))
        assert connection is not None
        connection.makeConnection(HalfCloseableTransport())
        [terminal] = terminals
        return running, terminal.client, terminal

    def test_connects_where_it_is_told(self) -> None:
        """The endpoint's host and port are what the reactor is asked for."""
        reactor = MemoryReactorClock()
        running = Deferred.fromCoroutine(main(reactor, "tcp:192.0.2.7:7"))
        self.assertNoResult(running)
        [(host, port, *_)] = reactor.tcpClients
        self.assertEqual((host, port), ("192.0.2.7", 7))

    def test_ends_when_all_is_written_out(self) -> None:
        """After the connection, it waits for the terminal, and then ends well."""
        running, client, terminal = self.start()
        terminal.readConnectionLost()
        client.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.screen.producer)  # or the close would wait for it
        self.assertTrue(self.screen.disconnecting)
        self.assertNoResult(running)
        terminal.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.successResultOf(running))

    def test_says_that_the_server_is_gone(self) -> None:
        """A server that ends the conversation first is one line, with status 1."""
        running, client, terminal = self.start()
        client.connectionLost(Failure(ConnectionDone()))
        terminal.connectionLost(Failure(ConnectionDone()))
        message = self.failureResultOf(running, SystemExit).value.code
        self.assertTrue(message.startswith("The server hung up: "), message)

    def test_says_that_the_end_was_cut_off(self) -> None:
        """A broken connection is no answer to the end of the input."""
        running, client, terminal = self.start()
        terminal.readConnectionLost()
        client.connectionLost(Failure(ConnectionLost("reset")))
        terminal.connectionLost(Failure(ConnectionDone()))
        message = self.failureResultOf(running, SystemExit).value.code
        self.assertIn("reset", message)

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
        self.patch(sys, "argv", ["03_chat/chat_client.py"])
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        runpy.run_path(os.fspath(ROOT / "03_chat/chat_client.py"), run_name="__main__")
        self.assertEqual(started, [["tcp:127.0.0.1:1234"]])

    def test_has_the_console_of_the_first_stage(self) -> None:
        """Each stage stands alone, so this file exists twice: the same."""
        copy = ROOT / "03_chat/chat_console.py"
        original = ROOT / "01_echo/console_io.py"
        self.assertEqual(copy.read_bytes(), original.read_bytes())
