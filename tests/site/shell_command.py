"""Runs a command that a page shows, in a shell of its own."""

import os
import queue
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Thread

TIME_LIMIT = 100  # seconds for a line that is expected
SILENCE = 1  # seconds in which a line would have come
# This Python first, so that a page's `python` is the one that runs the tests.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# As a reader's. Where CI is set, pytest prints longer lines.
ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != "CI"}
ENVIRONMENT |= {"PATH": PATH, "PYTHONUNBUFFERED": "1"}


class TranscriptError(AssertionError):
    """What happened is not what the page shows."""


class Command:
    """A running command, its output read line by line as it appears."""

    def __init__(self, command: str, folder: Path) -> None:
        """Starts `command` in a shell."""
        self.process = subprocess.Popen(
            ["bash", "-c", command],  # noqa: S607 - whichever bash there is
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches all of a pipeline
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.printed: deque[str] = deque(maxlen=5)  # the last lines that were read
        self.skipping = False  # the page passes over what it prints now
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        """Queues each line of output, then None."""
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.put(line.decode().rstrip("\r\n"))
        self.lines.put(None)

    def next_line(self) -> str | None:
        """Returns the next line of output, or None at its end."""
        try:
            line = self.lines.get(timeout=TIME_LIMIT)
        except queue.Empty:
            raise TranscriptError("nothing more is printed") from None
        if line is not None:
            self.printed.append(line)
        return line

    def expect_silence(self) -> None:
        """Waits for a moment, or for the end; nothing should be printed until then."""
        with suppress(queue.Empty):
            if (printed := self.lines.get(timeout=SILENCE)) is not None:
                raise TranscriptError(f"printed, but not shown: {printed}")
            self.lines.put(None)

    def type(self, line: str) -> None:
        """Sends what a reader types: a line, Ctrl-C or Ctrl-D."""
        assert self.process.stdin is not None
        if line == "^C":
            os.killpg(self.process.pid, signal.SIGINT)
        elif line == "^D":
            self.end_input()
        else:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def end_input(self) -> None:
        """Closes its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def stop(self) -> None:
        """Ends whatever still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.end_input()
