"""The clients' console on Windows. The chat has a copy of the same file."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from console_io import ConsoleIO
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorFromThreads
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer


@implementer(IHalfCloseableProtocol)
class Watcher(Protocol):
    """A protocol that remembers which ends have come."""

    def __init__(self) -> None:
        """Starts with none."""
        self.read_all = Event()
        self.read = b""
        self.cannot_write = 0

    def dataReceived(self, data: bytes) -> None:
        """Keeps what has been read."""
        self.read += data

    def readConnectionLost(self) -> None:
        """Lets the test go on."""
        self.read_all.set()

    def writeConnectionLost(self) -> None:
        """Counts."""
        self.cannot_write += 1


@implementer(IReactorFromThreads)
class ThreadReactor(MemoryReactorClock):
    """A reactor that obeys another thread at once."""

    def callFromThread(
        self,
        callable: Callable[..., Any],  # noqa: A002  # its name, as Twisted has it
        *args: object,
        **kwargs: object,
    ) -> None:
        """Calls it."""
        callable(*args, **kwargs)


class Trickle:
    """An output that takes three bytes at a time, as a full pipe may."""

    def __init__(self, room: int) -> None:
        """Has room for `room` bytes."""
        self.room = room
        self.written = b""

    def write(self, data: bytes) -> int:
        """Takes the beginning of `data`, as long as there is room."""
        if not self.room:
            raise OSError
        taken = data[: min(3, self.room)]
        self.room -= len(taken)
        self.written += taken
        return len(taken)


class ConsoleTests(SynchronousTestCase):
    """Reading in a thread, and writing until all is written."""

    def start(self, stdin: bytes | None, room: int = 1000) -> Watcher:
        """Starts a console whose input is `stdin`, or else cannot be read."""
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "stdin"
        path.write_bytes(stdin or b"")
        given = path.open("rb" if stdin is not None else "ab")
        shown = (Path(folder.name) / "stdout").open("wb")
        for file in (given, shown):
            self.addCleanup(file.close)
        self.patch(sys, "stdin", given)
        self.patch(sys, "stdout", shown)
        watcher = Watcher()
        self.console = ConsoleIO(watcher, ThreadReactor())
        self.output = Trickle(room)
        self.console.file = self.output
        self.assertTrue(watcher.read_all.wait(10))
        return watcher

    def test_reads_to_the_end(self) -> None:
        """All of the input reaches the protocol, and then its end."""
        noise = os.urandom(200_000)
        self.assertEqual(self.start(noise).read, noise)

    def test_takes_an_input_that_cannot_be_read_for_an_empty_one(self) -> None:
        """The thread does not fail on its own, unseen by the protocol."""
        self.assertEqual(self.start(None).read, b"")

    def test_writes_until_all_is_written(self) -> None:
        """An output that takes a part at a time gets everything, in order."""
        self.start(b"")
        self.console.write(b"hello, world")
        self.assertEqual(self.output.written, b"hello, world")

    def test_says_that_it_cannot_write(self) -> None:
        """An output that fails, now or in the middle, is told once."""
        watcher = self.start(b"", room=4)
        self.console.write(b"hello, world")
        self.assertEqual(self.output.written, b"hell")
        self.assertEqual(watcher.cannot_write, 1)
