"""Runs a stage's script as its users do: in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import ROOT

TIME_LIMIT = 30  # seconds; far more than any of these processes needs


class Stage:
    """A running server: its announcement, its address, and how it ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Waits for the announcement, which is flushed once the server listens."""
        assert process.stdout is not None
        self.process = process
        self.announcement = process.stdout.readline().rstrip("\n")
        self.address, _, self.command = self.announcement.partition(" on ")[
            2
        ].partition(". Try: ")
        self.endpoint = self.command.rpartition(' "')[2].rstrip('"')
        host, _, port = self.address.rpartition(":")
        self.where = (host.strip("[]"), int(port)) if port.isdigit() else (host, 0)

    def wait(self) -> tuple[int, str]:
        """Returns the exit status and what standard error got, once it has ended."""
        _, errors = self.process.communicate(timeout=TIME_LIMIT)
        return self.process.returncode, errors


@contextmanager
def serving(script: str, endpoint: str, folder: Path = ROOT) -> Iterator[Stage]:
    """Runs the server `script` at `endpoint` in `folder`; kills it if it still runs."""
    with subprocess.Popen(
        [sys.executable, script, endpoint],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Stage(process)
        finally:
            process.kill()


@contextmanager
def talking(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs Python with `arguments`, its input and output open; kills it at the end."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Runs Python with `arguments` in the repo's root until it ends by itself."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
