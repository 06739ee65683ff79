"""What the benchmarks share: server processes, what they cost, rounds and a table."""

import re
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from statistics import median

BENCHMARKS = Path(__file__).parent
ROOT = BENCHMARKS.parent.parent
LOOPBACK = "tcp:0:interface=127.0.0.1"  # a free port of this machine
PATIENCE = 30.0  # seconds to wait for an answer; far more than any server needs


class Server:
    """A server in a process of its own: what it costs, and the connections to it."""

    def __init__(
        self, process: "subprocess.Popen[str]", connections: ExitStack
    ) -> None:
        """Waits for the announcement, which says the port that was free."""
        assert process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        if not found:
            sys.exit("The server did not start; it should have said why, above.")
        self.port = int(found[1])
        self.pid = process.pid
        self.connections = connections

    def connect(self) -> socket.socket:
        """Returns a new connection, which stays open as long as the server runs."""
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.connections.enter_context(connection)

    def cpu(self) -> float:
        """Returns how many seconds of CPU the process has used so far.

        This, not the time on the wall, can be trusted on a machine that has other
        things to do: while they run, the server waits, and its clock stands still.
        """
        # How Linux numbers the CPU clock of a process; it counts nanoseconds.
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self) -> int:
        """Returns how many KiB of the machine's memory the process occupies."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def serving(*command: str) -> Iterator[Server]:
    """Runs a server's script; in the end kills it, then closes the connections."""
    with (
        ExitStack() as connections,
        subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.PIPE, encoding="utf-8"
        ) as process,
    ):
        try:
            yield Server(process, connections)
        finally:
            process.kill()  # or it would tell each client who goes about the others


def read_until(connection: socket.socket, pattern: bytes) -> "re.Match[bytes]":
    """Reads until what has arrived matches `pattern`; else, ends the benchmark."""
    received = b""
    while not (found := re.fullmatch(pattern, received, re.DOTALL)):
        data = b""
        with suppress(OSError):
            data = connection.recv(65536)
        if not data:
            sys.exit(f"Wrong answer: {received!r}")
        received += data
    return found


def read_exactly(connection: socket.socket, expected: bytes) -> None:
    """Reads as much as `expected` is long; ends the benchmark if it is not the same.

    A benchmark that only counts bytes takes a server that forgets some lines and
    repeats others for a fast one.
    """
    received = b""
    with suppress(OSError):  # such as a timeout: what is missing is reported below
        while len(received) < len(expected) and (data := connection.recv(65536)):
            received += data
    if received == expected:
        return
    lines = expected.splitlines(keepends=True), received.splitlines(keepends=True)
    for wanted, got in zip_longest(*lines, fillvalue=b""):
        if wanted != got:
            sys.exit(f"Wrong answer: {wanted!r} should have come, but {got!r} came.")


def rounds(count: int, names: Iterable[str]) -> Iterator[str]:
    """Yields all `names` again in each round, and says so on standard error.

    Interleaved, because a machine that slows down for a while then slows down all of
    them, and not just the one whose turn it is.
    """
    names = list(names)
    for number in range(1, count + 1):
        for name in names:
            print(f"round {number} of {count}: {name} …", file=sys.stderr)
            yield name


def print_table(title: str, samples: Mapping[str, list[float]]) -> None:
    """Prints one row for each name; the ratios are those to the first row's median.

    The median, because a round that was disturbed says little; from least to most,
    because if two rows overlap, their difference means nothing.
    """
    base = median(next(iter(samples.values())))
    print(f"\n{title}\n{'':16}{'median':>7}{'min..max':>15}{'ratio':>7}")
    for name, values in samples.items():
        middle, spread = median(values), f"{min(values):.2f}..{max(values):.2f}"
        print(f"{name:16}{middle:7.2f}{spread:>15}{middle / base:7.2f}")


def is_quick(description: str) -> bool:
    """Reads the command line: whether to run a small workload, whose figures are rough.

    Raises SystemExit with one line for the user where there is no such clock.
    """
    parser = ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="see that it works")
    arguments = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This benchmark needs Linux, where a process has a clock to read.")
    return bool(arguments.quick)
