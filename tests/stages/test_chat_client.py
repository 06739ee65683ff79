"""The chat client's behavior, without a network or a terminal: one story a test."""

import sys
from io import StringIO
from types import ModuleType
from typing import ClassVar

import chat_client
from chat_client import ChatClient
from chat_commands import COMMANDS, UNSAFE
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    ISSLTransport,
)
from zope.interface import alsoProvides

from tests import ROOT, client_script

# What `test_every_stage.py` types into the client, and what the client shows.
CONVERSATION = (
    b"/nick ann\n" + b"".join(b"/msg ann %d\n" % number for number in range(1000)),
    f"* You are guest1\n* Say {COMMANDS}\n* guest1 has joined #lobby\n".encode()
    + b"* guest1 is now known as ann\n"
    + b"".join(b"<ann> %d\n" % number for number in range(1000)),
)


class TerminalOutput(StringIO):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        """Says that it is one."""
        return True


class ConversationTests(client_script.ConversationCase):
    """The client between a server and a terminal."""

    module: ClassVar[ModuleType] = chat_client
    protocol = ChatClient

    def setUp(self) -> None:
        """Makes standard output a pipe."""
        self.patch(sys, "stdout", StringIO())
        super().setUp()

    def output(self) -> object:
        """Returns the terminal, which the client writes to."""
        return self.terminal

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

    def test_over_tls_asks_a_question_of_its_own(self) -> None:
        """Nobody can know the question before, and give its answer too early."""
        questions = set()
        for _ in range(2):
            self.connect()
            alsoProvides(self.server, ISSLTransport)
            self.terminal.readConnectionLost()
            questions.add(self.server.value())
        self.assertEqual(len(questions), 2)

    def test_leaves_a_server_whose_line_has_no_end(self) -> None:
        """It hangs up at once, whatever still waits to be sent or shown."""
        self.client.dataReceived(b"* You are guest1\n" + b"x" * 16 * 1024)
        self.assertFalse(self.server.disconnected)
        self.client.dataReceived(b"x")
        self.assertTrue(self.server.disconnected)
        self.assertEqual(self.screen.value(), b"* You are guest1\n")

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


class MainTests(client_script.ClientScriptCase):
    """The script, and what it says in the end."""

    module: ClassVar[ModuleType] = chat_client
    greeting = b"* You are guest1\n"

    def conversation(self, *answers: bytes, tls: bool = False) -> Deferred[None]:
        """Runs one in which nothing is typed, and which the server ends."""
        self.patch(chat_client, "token_hex", lambda _: "abc")
        running = self.start()
        if tls:
            alsoProvides(self.server, ISSLTransport)
        self.end_input()
        for answer in answers:
            self.client.dataReceived(answer)
        self.end(ConnectionAborted() if self.server.disconnected else ConnectionDone())
        return running

    def test_is_content_with_a_greeting(self) -> None:
        """A server that has greeted need say no more."""
        running = self.conversation(b"* You are guest1\n* Say ...\n")
        self.assertIsNone(self.successResultOf(running))

    def test_is_content_with_its_own_words(self) -> None:
        """The stage's first step greets nobody, and repeats what everybody says."""
        running = self.start()
        self.terminal.dataReceived(b"hello?\n")
        self.end_input()
        self.client.dataReceived(b"hello?\n")
        self.end(ConnectionDone())
        self.assertIsNone(self.successResultOf(running))

    def test_says_that_the_end_was_cut_off(self) -> None:
        """A broken connection is no answer to the end of the input."""
        running = self.start()
        self.client.dataReceived(self.greeting)
        self.end_input()
        self.end(ConnectionLost("reset"))
        self.assertIn("reset", self.complaint(running))

    def test_says_that_no_chat_has_answered(self) -> None:
        """A clean end without a greeting, after whatever else, is no answer."""
        expected = "The server did not say who you are. Is it a chat server?"
        for answers in [
            [],  # it accepts and closes, as when it is out of descriptors
            [b"220 mail.example.org ESMTP\r\n"],
            [b"HTTP/1.1 400 Bad Request\r\n", b"\r\n", b"<p>* You are lost</p>\n"],
            [b"* You are gue"],
        ]:
            line = self.complaint(self.conversation(*answers))
            self.assertEqual(line, expected)

    def test_says_that_a_line_has_no_end(self) -> None:
        """Even a server that has greeted does not answer with such a line."""
        for greeting in (b"", b"* You are guest1\n"):
            line = self.complaint(self.conversation(greeting, b"x" * 20_000))
            self.assertEqual(line, "The server sent a line of more than 16384 bytes")

    def test_over_tls_misses_the_last_answer(self) -> None:
        """A greeting alone is not all that the server owes."""
        line = self.complaint(self.conversation(b"* You are guest1\n", tls=True))
        self.assertEqual(line, "The server hung up: Connection was closed cleanly.")

    def test_over_tls_is_content_with_the_last_answer(self) -> None:
        """The greeting and the answer to the last question are all."""
        answers = [b"* You are guest1\n", b"error: you are not in #abc\n"]
        running = self.conversation(*answers, tls=True)
        self.assertIsNone(self.successResultOf(running))

    def test_over_tls_is_not_content_with_an_echo(self) -> None:
        """A program that sends everything back has not greeted."""
        line = self.complaint(self.conversation(b"/leave #abc\n", tls=True))
        self.assertIn("did not say who you are", line)

    def test_has_the_console_of_the_first_stage(self) -> None:
        """Each stage stands alone, so this file exists twice: the same."""
        copy = ROOT / "03_chat/chat_console.py"
        original = ROOT / "01_echo/console_io.py"
        self.assertEqual(copy.read_bytes(), original.read_bytes())
