"""The benchmarks run, and refuse to measure a server that answers wrongly."""

import re
import sys
from pathlib import Path

import chat
import counter
import loops
import measure
import pytest

from tests import ROOT
from tests.stage_process import run

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only on Linux does a process have a clock to read"
)

FORGETS = ("in channels[channel]:", "in list(channels[channel])[1:]:")
REPEATS = ("write(data)", "write(data * (1 + (b'number 7\\n' in data)))")
SWAPS = ("for line in lines:", "for line in reversed(lines):")


def ratios(output: str) -> list[tuple[str, float]]:
    """Returns the name and the ratio in each row of the tables."""
    rows = re.findall(r"^(\S.*?)  .*\.\..* (\d+\.\d\d)$", output, re.MULTILINE)
    return [(name, float(ratio)) for name, ratio in rows]


@linux_only
def test_counter_prints_its_table() -> None:
    """Both servers get a row; so few requests don't say which of them is cheaper."""
    result = run("tests/benchmarks/counter.py", "--quick")
    assert result.returncode == 0
    names = [name for name, _ in ratios(result.stdout.decode())]
    assert names == ["bare Site", "02_http_counter"]
    assert result.stderr.decode().splitlines() == [
        "round 1 of 1: bare Site …",
        "round 1 of 1: 02_http_counter …",
    ]


@linux_only
def test_chat_is_cheaper_than_asyncio_under_load() -> None:
    """With 32 lines in flight, Twisted's one write for all of them pays off."""
    result = run("tests/benchmarks/chat.py", "--quick")
    assert result.returncode == 0
    assert result.stderr.decode().splitlines() == [
        "round 1 of 1: asyncio …",
        "round 1 of 1: 03_chat …",
    ]
    rows = ratios(result.stdout.decode())
    assert [name for name, _ in rows] == ["asyncio", "03_chat"] * 3
    _one_at_a_time, in_flight, _memory = rows[1::2]
    assert in_flight[1] < 1


@linux_only
@pytest.mark.parametrize("mistake", [FORGETS, REPEATS, SWAPS])
def test_chat_checks_each_line(
    mistake: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat that forgets, repeats or swaps lines ends the benchmark."""
    good = (ROOT / "tests" / "benchmarks" / "asyncio_chat.py").read_text("utf-8")
    assert mistake[0] in good
    bad = tmp_path / "bad_chat.py"
    bad.write_text(good.replace(*mistake), "utf-8")
    monkeypatch.setattr(measure, "PATIENCE", 0.5)
    with measure.serving(str(bad)) as server, pytest.raises(SystemExit) as ended:
        chat.measure_cpu(server, chat.Room(server, 3), 1, 7)
    assert "Wrong answer" in str(ended.value)


@linux_only
def test_loops_are_good_at_different_things() -> None:
    """One write is cheaper on asyncio, many on Twisted, which prefers its own loop."""
    result = run("tests/benchmarks/loops.py", "--quick")
    assert result.returncode == 0
    echoes = ["asyncio", "asyncio streams", "Twisted", "Twisted+asyncio"]
    chats = ["asyncio", "Twisted", "Twisted+asyncio"]
    rows = ratios(result.stdout.decode())
    assert [name for name, _ in rows] == 2 * echoes + 2 * chats
    many, alone, together = (dict(rows[i:j]) for i, j in [(4, 8), (8, 11), (11, 14)])
    assert many["Twisted+asyncio"] > many["Twisted"]
    assert alone["Twisted"] > 1
    assert together["Twisted"] < 1


@linux_only
@pytest.mark.parametrize(
    "answer", ["data[:-1]", "data * 2", "data.replace(b'9', b'8')"]
)
def test_loops_check_each_echo(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An echo that forgets, repeats or changes bytes ends the benchmark."""
    good = (ROOT / "docs" / "asyncio" / "asyncio_echo.py").read_text("utf-8")
    assert "write(data)" in good
    bad = tmp_path / "bad_echo.py"
    bad.write_text(good.replace("write(data)", f"write({answer})"), "utf-8")
    monkeypatch.setattr(measure, "PATIENCE", 0.5)
    with measure.serving(str(bad), "0") as server, pytest.raises(SystemExit) as ended:
        loops.measure_echo(server, 2, 9)
    assert "Wrong answer" in str(ended.value)


@linux_only
def test_counter_checks_each_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter that gives a number twice ends the benchmark."""
    good = (ROOT / "tests" / "benchmarks" / "bare_site.py").read_text("utf-8")
    bad = tmp_path / "bad_site.py"
    bad.write_text(good.replace("% self.count", "% (self.count // 2 * 2)"), "utf-8")
    monkeypatch.setattr(measure, "PATIENCE", 0.5)
    with measure.serving(str(bad)) as server, pytest.raises(SystemExit) as ended:
        counter.measure_cpu(server, 1)
    assert "Wrong answers" in str(ended.value)


def test_elsewhere_a_benchmark_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On other systems it ends with one line, before it starts anything."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(sys, "argv", ["chat.py"])
    with pytest.raises(SystemExit, match="needs Linux"):
        chat.main()
