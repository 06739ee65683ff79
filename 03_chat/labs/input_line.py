"""The line at the bottom of a terminal in which one types, while other lines arrive.

Twisted's `insults` knows which key a terminal means. Its `recvline` could edit a line,
but takes each byte for a character: it has no ż and no 你.
"""

from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any

from characters import characters, fit, width
from chat_commands import UNSAFE
from twisted.conch.insults.insults import ServerProtocol, TerminalProtocol
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

CLEAR = "\r\x1b[K"  # go to the start of the row, and clear it
CUT, WRAP = "\x1b[?7l", "\x1b[?7h"  # at the end of a row: show no more, or go on below
MARK, RETURN = "\x1b7", "\x1b8"  # remember where the cursor is, and put it there
TELL, TELL_NOT = "\x1b[?2004h", "\x1b[?2004l"  # where a paste begins and ends
PASTE, PASTE_END = b"\x1b[200~", b"\x1b[201~"


class InputLine(TerminalProtocol):
    """A line with a cursor, and the lines typed before it."""

    terminal: Any
    MOST = 512  # characters
    LINES = 100  # to which Up leads back

    def __init__(self, columns: Callable[[], int]) -> None:
        """Starts empty. `columns` tells the width of the terminal."""
        self.columns = columns
        self.closed: Deferred[None] = Deferred()
        self.typed: list[str] = []  # characters
        self.at = 0  # the one at the cursor
        self.lines = [""]  # what was typed before, and last of all, what is typed now
        self.line = 0  # the one that is shown
        self.choices: list[str] = []  # of the next Tab
        self.pasting = False
        self.leaving = False
        self.decoder = getincrementaldecoder("utf-8")("replace")

    @property
    def prompt(self) -> str:
        """The text before the line. For a subclass."""
        raise NotImplementedError

    def lineReceived(self, line: str) -> bool:
        """Takes a line, or returns False if it should stay. For a subclass."""
        raise NotImplementedError

    def complete(self, text: str) -> list[str]:
        """Returns what Tab could make of the text before it. For a subclass."""
        raise NotImplementedError

    def connectionMade(self) -> None:
        """Asks the terminal for the names of its keys."""
        t = self.terminal
        self.keys: dict[bytes, Callable[[], object]] = {
            b"\r": self.enter,
            b"\t": self.tab,
            b"\x03": self.close,  # Ctrl-C
            b"\x04": lambda: self.remove(self.at, 1) if self.typed else self.close(),
            b"\x15": lambda: self.put(""),  # Ctrl-U
            b"\x0b": lambda: self.remove(self.at, self.MOST),  # Ctrl-K
            b"\x7f": lambda: self.remove(self.at - 1, 1),  # Backspace
            t.DELETE: lambda: self.remove(self.at, 1),
            t.LEFT_ARROW: lambda: self.move(self.at - 1),
            t.RIGHT_ARROW: lambda: self.move(self.at + 1),
            t.HOME: lambda: self.move(0),
            t.END: lambda: self.move(len(self.typed)),
            t.UP_ARROW: lambda: self.go(self.line - 1),
            t.DOWN_ARROW: lambda: self.go(self.line + 1),
        }
        t.write(TELL)
        self.draw()

    def keystrokeReceived(self, key: bytes, modifier: object) -> None:
        """Obeys a key, or puts a character before the cursor."""
        if self.pasting and (key in self.keys or key == b"\n"):
            key = b" "  # what is pasted is text, and sent only by the Enter after it
        if key != b"\t":
            self.choices = []
        if key in self.keys:
            self.keys[key]()
        elif len(key) == 1 and not modifier and len(self.typed) < self.MOST:
            self.add(UNSAFE.sub("", self.decoder.decode(key)))

    def unhandledControlSequence(self, sequence: bytes) -> None:
        """Notes where a paste begins and ends. Other keys mean nothing here."""
        self.pasting = sequence == PASTE or (self.pasting and sequence != PASTE_END)

    @property
    def before(self) -> str:
        """The part of the line before the cursor."""
        return "".join(self.typed[: self.at])

    def put(self, text: str) -> None:
        """Puts `text` in the place of what stands before the cursor."""
        del self.typed[: self.at]
        self.at = 0
        self.add(text)

    def add(self, text: str) -> None:
        """Puts `text` before the cursor. An accent joins what stands there."""
        start = max(self.at - 1, 0)
        new = characters("".join(self.typed[start : self.at]) + text)
        self.typed[start : self.at] = new
        self.at = start + len(new)

    def move(self, to: int) -> None:
        """Puts the cursor before a character."""
        self.at = min(max(to, 0), len(self.typed))

    def remove(self, start: int, number: int) -> None:
        """Removes some characters."""
        if start >= 0:
            del self.typed[start : start + number]
            self.at = start

    def enter(self) -> None:
        """Hands the line over, and starts another."""
        line = "".join(self.typed)
        if line.strip() and self.lineReceived(line):
            self.lines[-1:] = [line, ""]
            del self.lines[: -self.LINES]
            self.line = len(self.lines)  # none
            self.go(self.line)

    def go(self, to: int) -> None:
        """Shows an earlier line, or a later one."""
        if self.line == len(self.lines) - 1:
            self.lines[-1] = "".join(self.typed)
        self.line = min(max(to, 0), len(self.lines) - 1)
        self.typed = characters(self.lines[self.line])
        self.at = len(self.typed)

    def tab(self) -> None:
        """Completes what stands before the cursor. The next Tab offers another word."""
        self.choices = self.choices or self.complete(self.before)
        if self.choices:
            self.put(self.choices[0])
            self.choices = self.choices[1:] + self.choices[:1]

    def show(self, text: str) -> None:
        """Shows lines above the one that is being typed."""
        self.terminal.write(f"{CLEAR}{text}\n")
        self.draw()

    def draw(self) -> None:
        """Shows the line, or as much of it as fits."""
        room = self.columns() - 1  # for the cursor
        left = fit(reversed(characters(self.prompt + self.before)), room)[::-1]
        right = fit(self.typed[self.at :], room - sum(map(width, left)))
        line = f"{CLEAR}{CUT}{''.join(left)}{MARK}{''.join(right)}{RETURN}{WRAP}"
        if not self.leaving:
            self.terminal.write(line)

    def close(self) -> Deferred[None]:
        """Clears the row, and ends. `closed` fires once that is written."""
        self.leaving = True
        self.terminal.write(CLEAR + TELL_NOT)
        self.terminal.transport.loseConnection()
        return self.closed

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Wakes `main`."""
        self.closed.callback(None)


class Keyboard(ServerProtocol):
    """Finds the keys in what a terminal sends."""

    terminalProtocol: Any

    def dataReceived(self, data: bytes) -> None:
        """Draws the line once, however many keys `data` has."""
        super().dataReceived(data)
        self.terminalProtocol.draw()
