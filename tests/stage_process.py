"""Runs a stage's script as its users do: in a process of its own."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import pytest
from twisted.internet.endpoints import quoteStringArgument

from tests import ROOT

posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such signals, pipes and sockets"
)

# A client with the standard input and output that it has on Windows. Twisted must be
# loaded before it is told of another system.
AS_ON_WINDOWS = """
import runpy, sys, twisted.internet.reactor, twisted.internet.stdio
sys.path.insert(0, {folder!r})
sys.platform = "win32"
runpy.run_path({script!r}, run_name="__main__")
"""

# Python gathers its output, as it does for learners, unless it is told otherwise.
BUFFERED = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}

CONSOLES = ["StandardIO", "ConsoleIO"]  # of a client, elsewhere and on Windows
LOOPBACK = "tcp:0:interface=127.0.0.1"  # a free port of this machine
MEBIBYTE = 1024 * 1024
TIME_LIMIT = 100  # seconds; far more than any of these processes needs


def on_consoles(script: str) -> list[tuple[str, ...]]:
    """Returns how Python runs a client `script` as it is, and as it is on Windows."""
    folder, _, _ = script.rpartition("/")
    on_windows = AS_ON_WINDOWS.format(folder=folder, script=script)
    return [(script,), ("-c", on_windows)]


class Stage:
    """A running server: where it listens, and its end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Waits for the announcement, which is flushed once the server listens."""
        assert process.stdout is not None
        self.process = process
        self.announcement = announcement = process.stdout.readline().rstrip("\n")
        address = announcement.partition(". Try: ")[0].partition(" on ")[2]
        # such as 127.0.0.1:1234, http://[::1]:8080/ or a UNIX socket's path
        found = re.search(r"([\d.]+|(?<=\[)[\da-f:]+(?=\])).?:(\d+)/?$", address)
        self.where = (found[1], int(found[2])) if found else (address, 0)
        self.target = address if "//" in address else client_endpoint(*self.where)

    def wait(self) -> tuple[int, str]:
        """Returns the exit status and what standard error got, once it has ended."""
        _, errors = self.process.communicate(timeout=TIME_LIMIT)
        return self.process.returncode, errors


def half_closing_netcat() -> str | None:
    """Returns the `nc` on PATH if it knows `-N`, as OpenBSD's does and no other."""
    netcat = shutil.which("nc")
    if netcat:
        shown = subprocess.run([netcat, "-h"], capture_output=True, check=False)
        if not re.search(rb"^\s*-N\b", shown.stdout + shown.stderr, re.MULTILINE):
            return None
    return netcat


def client_endpoint(host: str, port: int) -> str:
    """Returns how a client is told of a server's address; a path has no port."""
    return f"tcp:{quoteStringArgument(host)}:{port}" if port else f"unix:{host}"


@contextmanager
def serving(script: str, *arguments: str, folder: Path = ROOT) -> Iterator[Stage]:
    """Runs the server `script` in `folder`; kills it if it still runs in the end."""
    with subprocess.Popen(
        [sys.executable, script, *arguments],
        cwd=folder,
        env=BUFFERED,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Stage(process)
        finally:
            process.kill()


def connect(stage: Stage) -> socket.socket:
    """Returns a plain blocking socket connected to a server on TCP."""
    return socket.create_connection(stage.where, timeout=TIME_LIMIT)


def sent_until_stuck(
    client: socket.socket, piece: bytes, most: float, patience: float = 0.5
) -> float:
    """Sends pieces until nothing is taken for some seconds; returns how many MiB were.

    At `most` MiB it ends, as the server would take everything.
    """
    client.settimeout(patience)
    sent = 0
    with suppress(TimeoutError):
        while sent < most * MEBIBYTE:
            sent += client.send(piece)
    return sent / MEBIBYTE


def reset(client: socket.socket) -> None:
    """Makes the socket's close a reset: it lingers for 0 seconds, for no goodbye."""
    linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def resident(stage: Stage) -> int:
    """Returns the bytes of memory that a server holds (Linux)."""
    status = Path(f"/proc/{stage.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


class Script(subprocess.Popen[bytes]):
    """Python running a script, its input and output open; killed at the end."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def __init__(self, *arguments: str) -> None:
        """Starts Python with `arguments` in the repo's root."""
        super().__init__(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kills it, if it still runs: Popen would wait for its end."""
        self.kill()
        super().__exit__(kind, error, traceback)

    def result(self) -> tuple[int, list[bytes]]:
        """Returns the exit status and the lines of complaint, once it has ended."""
        return self.wait(TIME_LIMIT), self.stderr.read().splitlines()


def run(
    *arguments: str, given: bytes = b"", redirected: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Runs Python with `arguments` in the repo's root until it ends by itself.

    A POSIX shell understands what is `redirected`, for example `>&-`.
    """
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh"] if redirected else []
    return subprocess.run(
        [*shell, sys.executable, *arguments],
        cwd=ROOT,
        env=BUFFERED,
        input=given,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def complaint_of(result: "subprocess.CompletedProcess[bytes]") -> str:
    """Returns the one line with which a program ends that cannot do as it is told."""
    assert (result.returncode, result.stdout) == (1, b"")
    [line] = result.stderr.decode().splitlines()
    return line


def run_at_once(
    *commands: Sequence[str], given: bytes = b"", redirected: str = ""
) -> "list[subprocess.CompletedProcess[bytes]]":
    """Runs Python with each of some arguments; starting it is work for all cores."""
    with ThreadPoolExecutor() as pool:
        return list(
            pool.map(lambda c: run(*c, given=given, redirected=redirected), commands)
        )
