"""What the benchmarks share: servers, what they cost, and reports of it."""

import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from statistics import median

BENCHMARKS = Path(__file__).parent
ROOT = BENCHMARKS.parent.parent
LOOPBACK = "tcp:0:interface=127.0.0.1"  # a free port of this machine
PATIENCE = 30.0  # seconds to wait for an answer; far more than any server needs

# asyncio reads into 256 KiB of new memory, most of which it gives back at once. That
# goes to the system and costs more than an echo, until the process has once freed a
# larger block: then the C library keeps as much. With these it does so from the start,
# or it would be luck: https://github.com/python/cpython/issues/85451
KEEPING_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(2 * 1024 * 1024),
}


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
def serving(*command: str, lucky: bool = True) -> Iterator[Server]:
    """Runs a server's script; in the end kills it, then closes the connections."""
    # A terminal sends Ctrl-C to the server as well, which would tell of it. But what is
    # blocked stays so in a process that is started meanwhile.
    interrupt = {signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, interrupt)
    with (
        ExitStack() as connections,
        subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **(KEEPING_MEMORY if lucky else {})},
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as process,
    ):
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, interrupt)
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


@dataclass
class Table:
    """What one thing costs: for each name, at each step of what grows, the samples."""

    growing: str = ""  # such as "members"; what does not grow has one step, ""
    samples: defaultdict[str, defaultdict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )


class Report:
    """What a benchmark measures: tables, to be printed and kept in a file."""

    def __init__(self, description: str) -> None:
        """Reads the command line."""
        parser = ArgumentParser(description=description)
        parser.add_argument("--quick", action="store_true", help="see that it works")
        parser.add_argument(
            "--save", type=Path, metavar="FILE", help="keep the figures for a page"
        )
        arguments = parser.parse_args()
        self.quick: bool = arguments.quick  # a small workload, whose figures are rough
        self.file: Path | None = arguments.save
        if self.file and (
            self.file.is_dir() or not os.access(self.file.parent, os.W_OK)
        ):  # which is better known now than in a minute
            parser.error(f"cannot write to '{self.file}'")
        self.tables: defaultdict[str, Table] = defaultdict(Table)
        self.absent: list[str] = []
        self.conditions = (
            f"Python {platform.python_version()}, Twisted {version('twisted')}"
        )

    def rounds(self, count: int, servers: Mapping[str, list[str]]) -> Iterator[str]:
        """Yields in each round the names of all servers that have a command.

        Interleaved, because a machine that slows down for a while then slows down all
        of them, and not just the one whose turn it is. Raises SystemExit with one line
        for the user where a process has no clock.
        """
        if sys.platform != "linux":
            sys.exit("This benchmark needs Linux, where a process has a clock to read.")
        # One core for all. To wake a process on another one can cost more than an echo,
        # and whether it has to be woken is a matter of luck.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self.absent = [name for name, command in servers.items() if not command]
        names = [name for name in servers if name not in self.absent]
        count = 1 if self.quick else count
        for number in range(1, count + 1):
            for name in names:
                print(f"round {number} of {count}: {name} …", file=sys.stderr)
                yield name
        load = os.getloadavg()[0]  # in the last minute, which is about the time it took
        self.conditions += f", {describe_machine()}, load {load:.1f}"

    def add(self, title: str, name: str, value: float, **step: int) -> None:
        """Adds a sample; with `members=10`, it is one step of a cost that grows."""
        [(growing, at)] = step.items() or [("", "")]
        self.tables[title].growing = growing.replace("_", " ")
        sample = float(value if isinstance(value, int) else f"{value:.4g}")
        self.tables[title].samples[name][str(at)].append(sample)

    def finish(self) -> None:
        """Prints all tables, and keeps them if that was asked for."""
        for title, table in self.tables.items():
            if table.growing:
                print_growth(title, table)
            else:
                print_table(title, table)
            for name in self.absent:
                print(f"{name:16}not installed")
        if self.file:
            self.file.write_text(f"{self.to_json()}\n", "utf-8")

    def to_json(self) -> str:
        """Returns the tables, and how they came to be, with a line for each step."""
        text = json.dumps(
            {
                "command": f"python tests/benchmarks/{Path(sys.argv[0]).name}"
                + " --quick" * self.quick,
                "date": f"{datetime.now(UTC):%Y-%m-%d}",
                "conditions": self.conditions,
                "absent": self.absent,
                "tables": {title: vars(table) for title, table in self.tables.items()},
            },
            ensure_ascii=False,
            indent=1,
        )
        numbers = re.compile(r"\[\s+([\d.,\s]+?)\s+\]")
        return numbers.sub(lambda match: f"[{' '.join(match[1].split())}]", text)


def run(benchmark: Callable[[], None]) -> None:
    """Runs a benchmark, which Ctrl-C may end."""
    try:
        benchmark()
    except KeyboardInterrupt:
        sys.exit("Stopped before the end; nothing is kept.")


def describe_machine() -> str:
    """Returns the system, and what it runs on."""
    processor = Path("/proc/cpuinfo").read_text("utf-8")
    model = re.search(r"model name\s*: (.+)", processor)
    name = model[1] if model else platform.machine()
    return f"{platform.system()}, {os.cpu_count()} cores of {name}"


def print_table(title: str, table: Table) -> None:
    """Prints one row for each name; the ratios are those to the first row's median.

    The median, because a round that was disturbed says little; from least to most,
    because if two rows overlap, their difference means nothing.
    """
    rows = {name: steps[""] for name, steps in table.samples.items()}
    base = median(next(iter(rows.values())))
    print(f"\n{title}\n{'':16}{'median':>7}{'min..max':>15}{'ratio':>7}")
    for name, values in rows.items():
        middle, spread = median(values), f"{min(values):.2f}..{max(values):.2f}"
        print(f"{name:16}{middle:7.2f}{spread:>15}{middle / base:7.2f}")


def print_growth(title: str, table: Table) -> None:
    """Prints one row of medians for each name, and how far its samples lie apart."""
    steps = next(iter(table.samples.values()))
    heads = "".join(f"{step:>8}" for step in steps)
    print(f"\n{title}, by {table.growing}\n{'':16}{heads}{'spread':>8}")
    for name, row in table.samples.items():
        middles = [median(values) for values in row.values()]
        counts = all(middle.is_integer() for middle in middles)
        medians = "".join(f"{m:8.0f}" if counts else f"{m:8.2f}" for m in middles)
        spread = max((max(v) - min(v)) / median(v) for v in row.values())
        print(f"{name:16}{medians}{spread:8.0%}")
