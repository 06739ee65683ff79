"""Two processes behind one port: each client meets one of them, and its count."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests import ROOT
from tests.site.shell_command import Command
from tests.stage_process import complaint_of, connect, run, serving
from tests.stages.test_every_stage import SERVERS

LAB = "02_http_counter/labs/one_port.py"

# What systemd does: the process that it starts has a socket as its file number 3, and
# reads in its environment that this is so.
AS_SYSTEMD = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
listening.set_inheritable(True)
os.dup2(listening.fileno(), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a"}
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32",
        reason="Windows has no fork to make two processes of one",
    ),
]


@contextmanager
def two_processes(
    folder: Path = ROOT, database: str = ""
) -> Iterator[tuple[Command, list[str]]]:
    """Starts the lab, waits until both listen, and gives what they have said."""
    lab = Command(f"python {ROOT / LAB} 0 {database}", folder)
    try:
        yield lab, [lab.next_line() or "" for _ in range(2)]
    finally:
        lab.stop()


def test_two_processes_count_on_their_own() -> None:
    """Every number comes once from each process, and so the numbers repeat."""
    with two_processes() as (_, announced):
        (first, url), (second, same_url) = (
            re.findall(r"Process (\d+) counts at (.+)", line)[0] for line in announced
        )
        assert first != second
        assert url == same_url
        numbers: list[int] = []
        while numbers.count(1) < 2:  # until both have answered
            with urlopen(url) as answer:  # noqa: S310 - the lab's own
                numbers.append(int(answer.read().rpartition(b"#")[2]))
    mine = max(numbers)
    others = len(numbers) - mine
    assert sorted(numbers) == sorted([*range(1, mine + 1), *range(1, others + 1)])


def test_with_a_database_they_share_one_count(tmp_path: Path) -> None:
    """Whichever of them answers, no number comes twice."""
    with two_processes(tmp_path, "count.db") as (_, announced):
        client = str(ROOT / "02_http_counter" / "counter_client.py")
        result = run(client, announced[0].rpartition(" ")[2], "--times", "100")
    assert result.stdout.endswith(b"\n100 answers, 100 different ones\n")


def test_a_port_that_is_taken_is_still_one() -> None:
    """It is by inheritance that the two share it: nobody else can come in."""
    with two_processes() as (_, announced):
        port = announced[0].rpartition(":")[2].rstrip("/")
        line = complaint_of(run(LAB, port))
    assert line.startswith(f"Cannot listen on port {port}: ")
    assert "already in use" in line


def test_ctrl_c_ends_both_and_says_nothing() -> None:
    """A process that has announced itself can be stopped without a traceback."""
    with two_processes() as (lab, _):
        lab.type("^C")
        assert lab.next_line() is None  # the end of both, for they share their output
        assert lab.process.wait() == 0


def test_a_port_that_cannot_be_is_one_line() -> None:
    """What is no port at all ends as one that is taken does."""
    assert complaint_of(run(LAB, "99999")).startswith("Cannot listen on port 99999: ")


@pytest.mark.parametrize("server", SERVERS)
def test_systemd_may_have_opened_the_port(server: str) -> None:
    """Each stage's server takes over a socket, listens, and says where."""
    endpoint = "systemd:domain=INET:index=0"
    with serving("-c", AS_SYSTEMD, server, endpoint) as stage, connect(stage):
        assert stage.where[1]
