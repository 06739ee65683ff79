"""Two processes behind one port: each client meets one of them, and its count."""

import re
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from tests import ROOT
from tests.shell_command import Command
from tests.stage_process import run

LAB = "02_http_counter/labs/one_port.py"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no fork to make two processes of one"
)


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """What the two processes say, once both of them listen."""
    lab = Command(f"python {LAB} 0", ROOT)
    yield [lab.next_line() or "" for _ in range(2)]
    lab.stop()


def test_two_processes_count_on_their_own(announced: list[str]) -> None:
    """Every number comes once from each process, and so the numbers repeat."""
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


def test_a_port_that_is_taken_is_still_one(announced: list[str]) -> None:
    """It is by inheritance that the two share it: nobody else can come in."""
    port = announced[0].rpartition(":")[2].rstrip("/")
    result = run(LAB, port)
    assert result.returncode == 1
    assert b"Address already in use" in result.stderr
