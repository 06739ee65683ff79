"""The benchmarks run, and refuse to measure a server that answers wrongly."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median
from threading import Thread

import chat
import counter
import echo
import growth
import measure
import pytest

from tests import ROOT
from tests.stage_process import run

pytestmark = pytest.mark.slow

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
    assert figures["command"] == f"python tests/benchmarks/{script} --quick"
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
def test_echo_is_cheaper_on_asyncio(tmp_path: Path) -> None:
    """It shows in one quick round, however busy the machine: the ratio is over two."""
    listening, cpu, memory = measured("echo.py", tmp_path).values()
    assert list(cpu)[:3] == ["asyncio", "asyncio streams", "asyncio unlucky"]
    assert list(cpu)[3:] == ["Twisted", "Twisted+asyncio"]
    assert list(cpu["Twisted"]) == ["1", "10", "100"]
    assert cpu["asyncio"]["100"] < cpu["Twisted"]["100"]
    # With half a cure, it would take two thirds and not a quarter.
    assert cpu["asyncio"]["100"] < cpu["asyncio unlucky"]["100"] / 2
    assert listening["Twisted"][""] > listening["asyncio"][""]
    assert memory["Twisted"][""] < memory["asyncio streams"][""]


@linux_only
def test_a_long_message_ends_bad_luck() -> None:
    """Once asyncio has freed much memory, the C library keeps as much for it."""
    with measure.serving(*echo.SERVERS["asyncio unlucky"], lucky=False) as server:
        assert count_page_faults(server, 1000) > 1000
        client, message = server.connect(), b"x" * 3_000_000
        sender = Thread(target=client.sendall, args=[message])
        sender.start()
        measure.read_exactly(client, message)
        sender.join()
        assert count_page_faults(server, 1000) < 100


def count_page_faults(server: measure.Server, echoes: int) -> int:
    """Returns how often the server got a page of memory that it did not have."""

    def faults() -> int:
        fields = Path(f"/proc/{server.pid}/stat").read_text("utf-8").split()
        return int(fields[9])  # minflt: see man 5 proc

    client = echo.connect(server, 1)
    before = faults()
    echo.make_trips(client, echoes)
    return faults() - before


@linux_only
def test_counter_compares_four_servers(tmp_path: Path) -> None:
    """Threads take the most memory; so few requests don't say which is cheapest."""
    cpu, memory = measured("counter.py", tmp_path).values()
    assert list(cpu)[:3] == ["bare Site", "02_http_counter", "http.server"]
    assert all(row[""] < 1000 for row in cpu.values())  # far less than a ms
    assert memory["http.server"][""] > 2 * memory["02_http_counter"][""]


@linux_only
def test_chat_gathers_what_is_said_at_once(tmp_path: Path) -> None:
    """One line costs less on asyncio; many at once leave Twisted in one piece."""
    alone, cpu, segments, _memory = measured("chat.py", tmp_path).values()
    assert list(cpu)[:3] == ["asyncio", "Twisted", "Twisted+asyncio"]
    assert list(cpu["Twisted"]) == ["1", "2", "4", "8", "16", "32"]
    # On a busy machine, TCP may send a segment twice.
    assert segments["Twisted"]["1"] == pytest.approx(1, rel=0.2)
    assert segments["Twisted"]["16"] == pytest.approx(1 / 16, rel=0.2)
    assert segments["Twisted"]["32"] == pytest.approx(1 / 16, rel=0.2)  # two turns
    assert segments["asyncio"]["8"] == pytest.approx(1, rel=0.2)
    assert cpu["Twisted"]["1"] > cpu["asyncio"]["1"]
    assert cpu["Twisted"]["32"] < cpu["Twisted"]["1"] / 2
    assert list(alone["Twisted"]) == ["3", "10", "30", "100"]


def test_growth_is_counted(tmp_path: Path) -> None:
    """A message to ten costs the index the same among ten clients and ten thousand."""
    writes, lines, channels = measured("growth.py", tmp_path).values()
    assert writes["write to all"]["10000"] == 10_000
    assert writes["ask each"]["10000"] == writes["index"]["10000"] == 10
    for name in ("write to all", "ask each"):  # each client costs the same
        steps = list(lines[name].values())
        # At least a line for each of 9,000 more; how many exactly, Pythons differ.
        assert steps[3] - steps[2] == 10 * (steps[2] - steps[1]) >= 9000
    assert lines["index"]["10000"] == lines["index"]["10"]
    assert channels["a message"]["1000"] == channels["a message"]["1"]
    assert channels["going away"]["1000"] > 1000


def test_a_line_is_counted_each_time_it_runs() -> None:
    """And nothing else is, such as a call."""

    def loop() -> None:
        for _ in range(3):
            pass

    assert growth.count_lines(loop) == 4 + 3


def test_the_page_shows_what_is_counted(tmp_path: Path) -> None:
    """The writes in the page's figures are those of today's code."""
    title = "Writes for a message to 10"
    assert kept("growth", title) == measured("growth.py", tmp_path)[title]


def kept(benchmark: str, title: str) -> dict[str, dict[str, float]]:
    """Returns a table of the page's figures: name, step, and its median."""
    figures = json.loads((FIGURES / f"{benchmark}.json").read_text("utf-8"))
    rows = figures["tables"][title]["samples"].items()
    return {name: {k: median(v) for k, v in row.items()} for name, row in rows}


def test_the_pages_say_what_the_figures_say() -> None:
    """Each ratio that is told in words is between these two."""
    idle = "KiB per idle connection, 900 connections"
    listening = kept("echo", "CPU ms until it listens")
    echoing = kept("echo", "CPU µs per echo of 64 bytes")
    counting = kept("counter", "CPU µs per request, 50 connections")
    delivering = kept("chat", "CPU µs per delivered line, 100 members")
    ten = kept("chat", "CPU µs per delivered line, one at a time")["Twisted"]["10"]
    web, member = kept("counter", idle), kept("chat", idle)["Twisted"][""]
    protocol, streams = (kept("echo", idle)[n] for n in ("asyncio", "asyncio streams"))
    one, two, four = (
        delivering["asyncio"][step] / delivering["Twisted"][step] for step in "124"
    )
    slower = [echoing["Twisted"][k] / v for k, v in echoing["asyncio"].items()]
    luck = [echoing["asyncio unlucky"][k] / v for k, v in echoing["asyncio"].items()]
    no_log = counting["02_http_counter"][""] / counting["bare Site"][""]
    others = max(counting["aiohttp"][""], counting["http.server"][""])
    told: dict[str, list[tuple[float, float, float]]] = {
        "it less than half of what it costs Twisted": [(one, 0.2, 0.5)],
        "Between two and four lines at once they meet": [(two, 0, 1), (four, 1, 2)],
        "takes about twice as long": [(slower[0], 1.5, 2.5)],
        "and with many clients two to three times": [(x, 2, 3) for x in slower[1:]],
        "takes three times as long or more": [(x, 3, 5) for x in luck],
        "which is longer than Twisted": [
            (x / y, 1, 2) for x, y in zip(luck, slower, strict=True)
        ],
        "nearly four times asyncio's processor time": [
            (listening["Twisted"][""] / listening["asyncio"][""], 3.5, 4)
        ],
        "needs a quarter less": [(no_log, 0.7, 0.8)],
        "**twisted.web loses.**": [(counting["02_http_counter"][""] / others, 1.1, 2)],
        "more than ten times the memory that twisted.web needs": [
            (web["http.server"][""] / web[name][""], 10, 15)
            for name in ("bare Site", "02_http_counter")
        ],
        "Less than two KiB for a member": [(member, 1, 2)],
        "needs three times as much as on a Protocol": [
            (streams[""] / protocol[""], 2.7, 3.5)
        ],
        "some ten microseconds for each": [(ten, 8, 12)],
    }
    page = " ".join((ROOT / "docs" / "performance.md").read_text("utf-8").split())
    for words, ratios in told.items():
        assert words in page
        for ratio, least, most in ratios:
            assert least < ratio < most, words


@linux_only
def test_a_peer_may_be_absent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not run, and its row says so."""
    monkeypatch.setattr(sys, "argv", ["echo.py", "--quick"])
    pinned: list[set[int]] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, cores: pinned.append(cores))
    report = measure.Report("Nothing")
    for name in report.rounds(1, {"here": ["x"], "elsewhere": []}):
        report.add("A title", name, 1)
    report.finish()
    assert [len(cores) for cores in pinned] == [1]  # the clients' and the servers'
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
    bad.write_text(good.replace("% self.count", "% min(self.count, 60)"), "utf-8")
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


@pytest.mark.parametrize("missing", ["missing/figures.json", ""])
def test_where_figures_cannot_be_kept_it_says_so_at_once(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not after a minute of measuring."""
    monkeypatch.setattr(sys, "argv", ["x.py", "--save", str(tmp_path / missing)])
    with pytest.raises(SystemExit, match="2"):
        measure.Report("Nothing")


@linux_only
def test_a_server_leaves_ctrl_c_to_the_benchmark() -> None:
    """A terminal sends it to both, and the server would end with a traceback."""
    with measure.serving(*echo.SERVERS["asyncio"]) as server:
        os.kill(server.pid, signal.SIGINT)
        echo.measure_cpu(server, 1, 9)


@linux_only
def test_ctrl_c_ends_it_with_one_line() -> None:
    """And when its output has an end, no server is left that could write to it."""
    with subprocess.Popen(
        [sys.executable, "tests/benchmarks/echo.py"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
        process_group=0,
    ) as benchmark:
        assert benchmark.stderr is not None
        for expected in ("asyncio", "asyncio streams"):  # the second follows a server
            assert f": {expected} …" in benchmark.stderr.readline()
        os.killpg(benchmark.pid, signal.SIGINT)
        assert benchmark.stderr.read() == "Stopped before the end; nothing is kept.\n"
    assert benchmark.returncode == 1
