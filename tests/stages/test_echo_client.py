"""The echo client's behavior, without a network or a terminal: one story a test."""

import os
import sys
from io import StringIO
from types import ModuleType
from typing import ClassVar

import echo_client
from echo_client import EchoClient
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    ISSLTransport,
)
from zope.interface import alsoProvides

from tests import client_script

# What `test_every_stage.py` types into the client, and what the client shows.
CONVERSATION = (message := os.urandom(1_300_000), message)


class ConversationTests(client_script.ConversationCase):
    """The client between a server and a terminal."""

    module: ClassVar[ModuleType] = echo_client
    protocol = EchoClient

    def output(self) -> object:
        """Returns the terminal's transport, which the client writes to."""
        return self.screen

    def test_shows_what_comes_back(self) -> None:
        """All that the server sends is shown, byte for byte."""
        self.client.dataReceived(b"\xff\x00\r\n")
        self.assertEqual(self.screen.value(), b"\xff\x00\r\n")

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
        """It waits for more input even if everything so far has been echoed."""
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
