"""Runs a real Redis that tests can start, kill, and start again."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.stage_process import TIME_LIMIT

REQUIRED = "REDIS_REQUIRED" in os.environ  # so .ci/run skips nothing that needs Redis
HAS_HIREDIS = find_spec("hiredis") is not None
HOW_TO_GET_HIREDIS = "no hiredis: docs/outgrow.md says how to get it"


def require_redis() -> None:
    """Skips a test where Redis or its parser is missing; fails it if it must not be."""
    if not shutil.which("redis-server"):
        missing = "no redis-server on PATH"
    elif not HAS_HIREDIS:
        missing = HOW_TO_GET_HIREDIS
    else:
        return
    if REQUIRED:
        pytest.fail(missing)
    pytest.skip(missing)


class RedisServer:
    """A Redis that listens on a socket in a folder, and keeps nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder; its path must be short, as a UNIX socket's has to be."""
        self.folder = folder
        self.path = str(folder / "redis.sock")
        self.endpoint = f"unix:{self.path}"

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        options = ["--port", "0", "--unixsocket", self.path, "--save", ""]
        self.process = subprocess.Popen(
            ["redis-server", *options],  # noqa: S607 - whichever there is
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        while "eady to accept connections" not in self.process.stdout.readline():
            assert self.process.poll() is None, "redis-server did not start"
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(TIME_LIMIT)
            monitor.connect(self.path)
            monitor.sendall(b"MONITOR\r\n")
            self.commands = monitor.makefile(encoding="utf-8")  # stays open by itself

    def sees(self, *words: str) -> None:
        """Waits until some client has sent this command since the last one seen."""
        command = " ".join(f'"{word}"' for word in words)
        while command not in (line := self.commands.readline()):
            assert line, "Redis has ended"

    def kill(self) -> None:
        """Ends it as a power failure would."""
        self.process.kill()
        self.process.communicate(timeout=TIME_LIMIT)
        self.commands.close()


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """Runs a Redis of its own for a test."""
    require_redis()
    with TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
