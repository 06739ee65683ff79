"""The echo client's behaviour, without a network or a terminal: one story a test."""

import sys
from io import StringIO
from types import ModuleType
from typing import ClassVar

import echo_client
from echo_client import EchoClient, Terminal
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides
from zope.interface.verify import verifyObject

from tests import client_script
from tests.client_script import HalfCloseableTransport


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

    def test_over_tls_waits_for_the_end_of_the_input(self) -> None:
        """That all is echoed so far does not mean that no more will be typed."""
        alsoProvides(self.server, ISSLTransport)
        for line in (b"hello\n", b"again\n"):
            self.terminal.dataReceived(line)
            self.client.dataReceived(line)
            self.assertFalse(self.server.disconnecting)
        self.terminal.readConnectionLost()
        self.assertTrue(self.server.disconnecting)

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


class MainTests(client_script.ClientScriptCase):
    """The script, and what it says in the end."""

    module: ClassVar[ModuleType] = echo_client
    greeting = b""

    def conversation(
        self, typed: bytes, answer: bytes, reason: Exception | None = None
    ) -> Deferred[None]:
        """Runs one from its beginning to its end."""
        running = self.start()
        self.terminal.dataReceived(typed)
        self.end_input()
        self.client.dataReceived(answer)
        self.end(reason or ConnectionDone())
        return running

    def test_takes_another_server_at_its_word(self) -> None:
        """A server that answers with less than it got, or more, has not failed."""
        for answer, said in [
            (b"Total: 20\n", "Sent 20 bytes, received 10\n"),
            (b"x" * 20, ""),
            (b"You are visitor 1.\n" + b"x" * 20, ""),
        ]:
            self.assertIsNone(
                self.successResultOf(self.conversation(b"x" * 20, answer))
            )
            assert isinstance(sys.stderr, StringIO)
            self.assertEqual(sys.stderr.getvalue(), said)

    def test_has_nowhere_to_say_it(self) -> None:
        """Without a standard error, nothing gets between the answers."""
        self.patch(sys, "stdout", StringIO())
        running = self.start()
        self.patch(sys, "stderr", None)
        self.terminal.dataReceived(b"hello")
        self.client.dataReceived(b"hell")
        self.end_input()
        self.end(ConnectionDone())
        self.assertIsNone(self.successResultOf(running))
        assert isinstance(sys.stdout, StringIO)
        self.assertEqual(sys.stdout.getvalue(), "")

    def test_says_that_the_end_was_cut_off(self) -> None:
        """A connection that broke before all came back is one line, with status 1."""
        line = self.complaint(self.conversation(b"hello", b"hell", ConnectionLost()))
        self.assertTrue(line.startswith("The server hung up: "), line)

    def test_does_not_mind_how_a_whole_answer_ended(self) -> None:
        """With all bytes back, a connection may break: nothing is missing."""
        running = self.conversation(b"hello", b"hello", ConnectionLost())
        self.assertIsNone(self.successResultOf(running))

    def test_says_that_nothing_came_back(self) -> None:
        """A server that hangs up without an answer is one line, with status 1."""
        line = self.complaint(self.conversation(b"hello", b""))
        self.assertEqual(line, "The server hung up: Connection was closed cleanly.")
