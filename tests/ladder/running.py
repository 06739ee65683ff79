"""Runs a step of a ladder in a process of its own, on a free port."""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import ROOT
from tests.stage_process import TIME_LIMIT

PORT = re.compile(r"\b(?:1234|8080)\b")  # that the pages speak of


class Running:
    """A server, and what can be learned about it from outside."""

    def __init__(self, script: Path, errors: Path) -> None:
        """Starts `script` on a free port; its standard error goes to `errors`."""
        self.script = script
        self.errors = errors
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process = self.start(self.port, errors)
        self.wait_until_it_listens()

    def start(self, port: int, errors: Path) -> "subprocess.Popen[bytes]":
        """Starts a process that listens on `port`, or tries to."""
        source = self.script.read_text("utf-8")
        script, arguments = self.script, [f"tcp:{port}:interface=127.0.0.1"]
        if script.parent.name in {"steps", "labs"}:  # no options, but a port of its own
            script, arguments = script.with_stem(f"{script.stem}_on_{port}"), []
            script.write_text(PORT.sub(str(port), source), "utf-8")
        with errors.open("wb") as file:
            return subprocess.Popen(
                [sys.executable, script, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
            )

    def try_to_start(self, port: int) -> tuple[int | None, list[str]]:
        """Returns the status of a process that should not be able to start, if it ends.

        And the lines on its standard error.
        """
        errors = self.errors.with_name("second.txt")
        process = self.start(port, errors)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=8)
        status = process.poll()
        process.kill()
        process.wait()
        return status, errors.read_text("utf-8").splitlines()

    def complaints(self) -> list[str]:
        """Returns the lines that standard error has got so far."""
        return self.errors.read_text("utf-8").splitlines()

    def wait_until_it_listens(self) -> None:
        """Returns once a connection is accepted; the first step says nothing itself."""
        give_up = time.monotonic() + TIME_LIMIT
        while True:
            try:
                return self.connect().close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > give_up:
                    raise AssertionError(self.errors.read_text("utf-8")) from None
                time.sleep(0.02)

    def connect(self) -> socket.socket:
        """Returns a new client: a plain socket."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIME_LIMIT)

    def memory(self) -> float:
        """Returns the MiB of memory that it holds (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def running(step: str) -> Iterator[Running]:
    """Runs `step`, a path from the repo's root, in a copy of its stage's folder."""
    stage, _, inside = step.partition("/")
    with TemporaryDirectory() as folder:
        copy = Path(folder, stage)
        ignored = shutil.ignore_patterns("exercises", "__pycache__")
        shutil.copytree(ROOT / stage, copy, ignore=ignored)
        server = Running(copy / inside, Path(folder, "errors.txt"))
        try:
            yield server
        finally:
            server.process.kill()
            server.process.wait()


Outcome = tuple[bool, str]  # whether it passes, and a figure or a few words, or ""


@dataclass(frozen=True)
class Experiment:
    """Something that a server must stand, and how to try it."""

    title: str  # as the page's table has it: what a good server does
    run: Callable[[Running], Outcome]


@dataclass(frozen=True)
class Ladder:
    """A stage as it grows: each step is a file, each experiment is run against all."""

    steps: list[str]  # from the repo's root; each passes what the one before passes
    experiments: list[Experiment]
    branches: tuple[str, ...] = ()  # beside the ladder: no other step keeps them

    @property
    def all_steps(self) -> list[str]:
        """The steps, and after them the branches."""
        return [*self.steps, *self.branches]

    def outcomes(self, step: str) -> list[Outcome]:
        """Returns what becomes of each experiment; one process serves them all."""
        with running(step) as server:
            return [experiment.run(server) for experiment in self.experiments]
