"""The chat client for a terminal, in a pseudo-terminal, as tmux and sshd make it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from select import select

import pytest
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides

from tests import ROOT
from tests.labs.test_conversation import Terminal
from tests.stage_process import (
    LOOPBACK,
    TIME_LIMIT,
    client_endpoint,
    connect,
    serving,
)

if sys.platform == "win32":
    pytest.skip("Windows has no such terminals", allow_module_level=True)

import fcntl
import pty
import struct
import termios

from terminal_chat import Connection

CLIENT = "03_chat/labs/terminal_chat.py"
SERVER = "03_chat/chat_server.py"


class ConnectionTests(SynchronousTestCase):
    """What a connection hands on."""

    def setUp(self) -> None:
        """Connects somebody at a terminal."""
        self.terminal = Terminal()
        self.connection = Connection(self.terminal.chat)
        self.transport = StringTransport()
        self.connection.makeConnection(self.transport)

    def test_sends_and_shows_lines(self) -> None:
        """Each as soon as it is whole, in UTF-8."""
        self.connection.dataReceived("* guest1 has joined #ż".encode())
        self.assertEqual(self.terminal.sees(), [])
        self.connection.dataReceived(b"b\n<ann> hi\n")
        self.assertEqual(
            self.terminal.sees(), ["* guest1 has joined #żb", "<- ann: hi"]
        )
        self.terminal.types("żółw\r")
        self.assertEqual(self.transport.value().decode(), "/msg #lobby żółw\n")

    def test_shows_nothing_that_acts_on_a_terminal(self) -> None:
        """Control characters and broken text from a bad server are replaced."""
        self.connection.dataReceived(b"\x1b[2J\x00 \xc2\x9b \xe2\x80\xae \xff\r\n")
        self.assertEqual(
            self.terminal.sees(), ["\ufffd[2J\ufffd \ufffd \ufffd \ufffd\ufffd"]
        )

    def test_leaves_a_server_whose_line_has_no_end(self) -> None:
        """Its memory has a bound."""
        self.connection.dataReceived(b"x" * 20_000)
        self.assertTrue(self.transport.disconnected)

    def test_says_that_it_is_lost(self) -> None:
        """The line that is being typed stays."""
        self.terminal.types("hello")
        self.connection.connectionLost()
        self.assertEqual(
            self.terminal.sees(), ["* The connection is lost. Trying again"]
        )
        self.assertEqual(self.terminal.types("\r"), "no connection> hello")

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, each line leaves at once."""
        asked: list[bool] = []
        vars(self.transport)["setTcpNoDelay"] = asked.append
        alsoProvides(self.transport, ITCPTransport)
        Connection(self.terminal.chat).makeConnection(self.transport)
        self.assertEqual(asked, [True])


class Window:
    """A terminal's window, and what is shown in it."""

    def __init__(self, outer: int, inner: int) -> None:
        """Takes both ends of a pseudo-terminal."""
        self.outer, self.inner = outer, inner
        self.mode_before = self.mode()
        self.shown = ""
        self.resize(80)

    def mode(self) -> tuple[int, int]:
        """Returns what the system does with output and with keys."""
        _, output, _, keys, *_ = termios.tcgetattr(self.inner)
        return output & termios.OPOST, keys & (
            termios.ECHO | termios.ICANON | termios.ISIG
        )

    def resize(self, columns: int) -> None:
        """Changes its width; the system tells the program in it."""
        size = struct.pack("4H", 24, columns, 0, 0)
        fcntl.ioctl(self.inner, termios.TIOCSWINSZ, size)

    def types(self, text: str) -> None:
        """Presses keys."""
        os.write(self.outer, text.encode())

    def sees(self, text: str) -> None:
        """Waits until `text` is shown, after what was last waited for."""
        while text not in self.shown:
            assert select([self.outer], [], [], TIME_LIMIT)[0], (text, self.shown)
            data = os.read(self.outer, 4096).decode(errors="replace")
            self.shown += re.sub(r"\x1b(\[[?\d;]*[a-zA-Z]|[78])", "", data)
        _, _, self.shown = self.shown.partition(text)

    @contextmanager
    def client(self, target: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Runs the client until it ends; then the window must be as it was."""
        with subprocess.Popen(
            [sys.executable, CLIENT, target],
            cwd=ROOT,
            stdin=self.inner,
            stdout=self.inner,
            stderr=self.inner,
            start_new_session=True,
        ) as process:
            try:
                yield process
                process.wait(TIME_LIMIT)
            finally:
                process.kill()
        assert self.mode() == self.mode_before


@pytest.fixture
def window() -> Iterator[Window]:
    """A window of 80 columns."""
    outer, inner = pty.openpty()
    yield Window(outer, inner)
    os.close(outer)
    os.close(inner)


@pytest.mark.slow
def test_talks_in_a_window(window: Window) -> None:
    """Others' lines go above what is typed; the server may end and come back."""
    with serving(SERVER, LOOPBACK) as stage:
        here = f"tcp:{stage.where[1]}:interface=127.0.0.1"
        with window.client(stage.target) as process:
            window.sees("* guest1 has joined #lobby\r\n")
            window.types("/nick ann\r")
            window.sees("* guest1 is now known as ann\r\n")
            window.types("hel")
            window.sees("#lobby> hel")
            with connect(stage):
                window.sees("\r* guest2 has joined #lobby\r\n\r#lobby> hel")
            window.types("lo, you!\r")
            window.sees("#lobby <ann> hello, you!\r\n")
            window.types("a line of many letters")
            window.sees("#lobby> a line of many letters")
            window.resize(12)
            process.send_signal(signal.SIGWINCH)
            window.sees("\rany letters")
            stage.process.kill()
            window.sees("\r* The connection is lost. Trying again\r\n")
            with serving(SERVER, here):
                window.sees("* guest1 is now known as ann\r\n")
                window.types("\r")
                window.sees("#lobby <ann> a line of many letters\r\n")
                window.types("\x03")
                assert process.wait(TIME_LIMIT) == 0


@pytest.mark.slow
def test_leaves_the_window_as_it_was(window: Window) -> None:
    """Also when it is told to stop, and when it cannot connect."""
    with socket.create_server(("127.0.0.1", 0)) as server:  # which says nothing
        target = client_endpoint(*server.getsockname())
        with window.client(target) as process:
            if (
                sys.platform != "linux"
            ):  # elsewhere, what is typed too early may be lost
                window.sees("> ")
            window.types("hello")
            window.sees("> hello")
            window.shown = ""
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIME_LIMIT) == 0
            window.sees("\r")
        assert window.shown == ""
    with window.client(target) as process:
        window.sees(f"Cannot connect to '{target}': Connection was refused")
        assert process.wait(TIME_LIMIT) == 1
