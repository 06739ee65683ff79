"""What a stage's labs share: servers in processes of their own, a limit and a table."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from math import isnan, nan
from pathlib import Path
from typing import Any

from twisted.internet import defer, task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.threads import deferToThread

LOOPBACK = "tcp:0:interface=127.0.0.1"  # a free port of this machine
TIME_LIMIT = 100  # seconds for a lab; far more than any of them needs

PORT = re.compile(r'(?:tcp:|"127\.0\.0\.1", )(\d+)')

Row = int | float | str
Lab = Callable[[IReactorCore], Coroutine[Deferred[Any], Any, None]]


class Server:
    """A server in a process of its own, which ends with the lab."""

    def __init__(
        self,
        reactor: IReactorCore,
        script: str,
        where: str = LOOPBACK,
        errors: int | None = None,
    ) -> None:
        """Starts `script`, a path from this folder; `errors` is its standard error."""
        self.reactor = reactor
        path = Path(__file__).parent / script
        self.name = path.name
        command = [sys.executable, "-u", str(path), where]
        if path.parent.name == "steps":  # it has no options, but a port of its own
            source = path.read_text("utf-8")
            [shown], [port] = PORT.findall(source), PORT.findall(where)
            port = free_port() if port == "0" else port
            command[2:] = ["-c", source.replace(shown, port)]
        # Ctrl-C reaches everything in the terminal. Its signal is blocked while the
        # server starts, and stays blocked in the server: the lab ends its servers.
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        # Twisted has spawnProcess, but on Windows it would need another package.
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
        )
        if sys.platform != "win32":  # here Ctrl-C works again
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        # Whatever ends the lab (its table, an error, Ctrl-C) stops the reactor first.
        reactor.addSystemEventTrigger("before", "shutdown", self.process.kill)

    async def listening(self) -> IStreamClientEndpoint:
        """Returns the way to the server, once it has announced where it listens."""
        assert self.process.stdout is not None
        # Reading from a pipe blocks, which the reactor's own thread must not do.
        announcement = await deferToThread(self.process.stdout.readline)
        found = re.search(r"127\.0\.0\.1:(\d+)", announcement)
        if not found:
            sys.exit(f"{self.name} did not start; it should have said why, above.")
        endpoint: IStreamClientEndpoint
        endpoint = clientFromString(self.reactor, f"tcp:127.0.0.1:{found[1]}")
        return endpoint

    def memory(self) -> float:
        """Returns the MiB of memory that it occupies; nan where no /proc tells."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return nan
        kibibytes = status.read_text("utf-8").partition("VmRSS:")[2].split()[0]
        return int(kibibytes) / 1024

    def progress(self, what: str) -> None:
        """Says on standard error what is being done to the server."""
        print(f"{self.name}: {what}", file=sys.stderr)


Measure = Callable[[Server], Coroutine[Deferred[Any], Any, dict[str, Row]]]


def run(lab: Lab) -> None:
    """Runs a lab, within the time limit, and ends the process."""

    async def main(reactor: IReactorCore) -> None:
        clock = IReactorTime(reactor)
        await task.deferLater(clock, 0)  # until the reactor runs, and hears Ctrl-C
        stopping: Deferred[None] = Deferred()
        reactor.addSystemEventTrigger("before", "shutdown", stopping.callback, None)
        running = Deferred.fromCoroutine(lab(reactor))
        stopping.addCallback(lambda _: running.cancel())
        try:
            await running.addTimeout(TIME_LIMIT, clock)
        except defer.TimeoutError:
            sys.exit(f"Given up after {TIME_LIMIT} seconds.")
        except Exception:
            if not stopping.called:  # else it is what Ctrl-C has interrupted
                raise

    task.react(main)


def compare(measure: Measure, *scripts: str) -> None:
    """Measures servers, one after the other, and prints a table of them.

    They are `scripts`, paths from this folder, unless the command line names others.
    """
    chosen = [str(Path(name).resolve()) for name in sys.argv[1:]] or scripts

    async def lab(reactor: IReactorCore) -> None:
        servers = [Server(reactor, script) for script in chosen]
        print_table({server.name: await measure(server) for server in servers})

    run(lab)


def print_table(columns: dict[str, dict[str, Row]]) -> None:
    """Prints a column for each server, and a row for each thing that was measured."""
    titles = next(iter(columns.values()))
    rows = [("", *columns)]
    rows += [(t, *(text(column[t]) for column in columns.values())) for t in titles]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for title, *cells in rows:
        parts = [
            f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True)
        ]
        print("   ".join([f"{title:{widths[0]}}", *parts]))


def free_port() -> str:
    """Returns the number of a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def text(value: Row) -> str:
    """Returns what stands in the table for `value`."""
    if isinstance(value, str | int):
        return str(value)
    return "not measured on this system" if isnan(value) else f"{value:.1f}"
