"""The benchmarks run, and refuse to measure a server that answers wrongly."""

import json
import os
import sys
from pathlib import Path

import chat
import counter
import echo
import measure
import pytest

from tests import ROOT
from tests.stage_process import run

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only on Linux does a process have a clock to read"
)

FIGURES = ROOT / "docs" / "performance"
FORGETS = ("in channels[channel]:", "in list(channels[channel])[1:]:")
REPEATS = ("write(data)", "write(data * (1 + (b'number 7\\n' in data)))")
SWAPS = ("for line in lines:", "for line in reversed(lines):")


def measured(script: str, folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Runs a benchmark; returns its tables: title, name, step, and what it measured."""
    file = folder / "figures.json"
    result = run(f"tests/benchmarks/{script}", "--quick", "--save", str(file))
    assert result.returncode == 0, result.stderr.decode()
    figures = json.loads(file.read_text("utf-8"))
    assert figures["command"] == f"python tests/benchmarks/{script}"
    printed = result.stdout.decode()
    tables = {}
    for title, table in figures["tables"].items():
        assert f"\n{title}" in printed
        rows = table["samples"].items()
        tables[title] = {
            name: {step: sample for step, [sample] in row.items()} for name, row in rows
        }
        assert all(
            f"\n{name}" in printed for name in [*tables[title], *figures["absent"]]
        )
    return tables


@linux_only
def test_echo_is_about_as_cheap_on_either(tmp_path: Path) -> None:
    """Twisted prefers its own loop, and keeps an idle connection in less memory."""
    listening, cpu, memory = measured("echo.py", tmp_path).values()
    assert list(cpu) == ["asyncio", "asyncio streams", "Twisted", "Twisted+asyncio"]
    assert list(cpu["Twisted"]) == ["1", "10", "100"]
    assert cpu["Twisted+asyncio"]["100"] > cpu["Twisted"]["100"]
    assert listening["Twisted"][""] > listening["asyncio"][""]
    assert memory["Twisted"][""] < memory["asyncio streams"][""]


@linux_only
def test_counter_compares_four_servers(tmp_path: Path) -> None:
    """Threads take the most memory; so few requests don't say which is cheapest."""
    cpu, memory = measured("counter.py", tmp_path).values()
    assert list(cpu)[:3] == ["bare Site", "02_http_counter", "http.server"]
    assert memory["http.server"][""] > 2 * memory["02_http_counter"][""]


@linux_only
def test_chat_gathers_what_is_said_at_once(tmp_path: Path) -> None:
    """One write is cheaper on asyncio, many on Twisted: they leave in one piece."""
    alone, cpu, segments, _memory = measured("chat.py", tmp_path).values()
    assert list(cpu)[:3] == ["asyncio", "Twisted", "Twisted+asyncio"]
    assert list(cpu["Twisted"]) == ["1", "2", "4", "8", "16", "32"]
    # On a busy machine, TCP may send a segment twice.
    assert segments["Twisted"]["1"] == pytest.approx(1, rel=0.2)
    assert segments["Twisted"]["32"] == pytest.approx(1 / 32, rel=0.2)
    assert segments["asyncio"]["8"] == pytest.approx(1, rel=0.2)
    assert cpu["Twisted"]["1"] > cpu["asyncio"]["1"]
    assert cpu["Twisted"]["32"] < cpu["asyncio"]["32"]
    assert cpu["Twisted"]["32"] < cpu["Twisted"]["1"] / 2
    assert alone["Twisted+asyncio"]["100"] > alone["Twisted"]["100"]


def test_growth_is_counted(tmp_path: Path) -> None:
    """A message to ten costs the index the same among ten clients and ten thousand."""
    writes, lines, channels = measured("growth.py", tmp_path).values()
    assert writes["write to all"]["10000"] == 10_000
    assert writes["ask each"]["10000"] == writes["index"]["10000"] == 10
    assert lines["ask each"]["10000"] > 10_000
    assert lines["index"]["10000"] == lines["index"]["10"]
    assert channels["a message"]["1000"] == channels["a message"]["1"]
    assert channels["going away"]["1000"] > 1000


def test_the_page_shows_what_is_counted(tmp_path: Path) -> None:
    """The writes in the page's figures are those of today's code."""
    kept = json.loads((FIGURES / "growth.json").read_text("utf-8"))
    title = "Writes for a message to 10"
    samples = kept["tables"][title]["samples"].items()
    rows = {name: {step: s for step, [s] in row.items()} for name, row in samples}
    assert rows == measured("growth.py", tmp_path)[title]


@linux_only
def test_a_peer_may_be_absent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not run, and its row says so."""
    monkeypatch.setattr(sys, "argv", ["echo.py", "--quick"])
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)
    monkeypatch.setattr(os, "environ", {})
    report = measure.Report("Nothing")
    for name in report.rounds(1, {"here": ["x"], "elsewhere": []}):
        report.add("A title", name, 1)
    report.finish()
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "elsewhere       not installed"
    assert printed.err == "round 1 of 1: here …\n"


def measure_seven_lines(server: measure.Server) -> None:
    """Says seven lines at once to three readers."""
    room = chat.Room(server, chat.OURS)
    room.grow(3)
    chat.measure(room, 1, 7)


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
        measure_seven_lines(server)
    assert "Wrong answer" in str(ended.value)


@linux_only
@pytest.mark.parametrize(
    "answer", ["data[:-1]", "data * 2", "data.replace(b'9', b'8')"]
)
def test_echo_checks_each_answer(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An echo that forgets, repeats or changes bytes ends the benchmark."""
    good = (ROOT / "docs" / "asyncio" / "asyncio_echo.py").read_text("utf-8")
    assert "write(data)" in good
    bad = tmp_path / "bad_echo.py"
    bad.write_text(good.replace("write(data)", f"write({answer})"), "utf-8")
    monkeypatch.setattr(measure, "PATIENCE", 0.5)
    with measure.serving(str(bad), "0") as server, pytest.raises(SystemExit) as ended:
        echo.measure_cpu(server, 2, 9)
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
        counter.measure_cpu(server, 50, 1)
    assert "Wrong answers" in str(ended.value)


def test_elsewhere_a_benchmark_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On other systems it ends with one line, before it starts anything."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(sys, "argv", ["chat.py"])
    with pytest.raises(SystemExit, match="needs Linux"):
        chat.main()
