"""Each lab shows what it claims: a direction, never one machine's figure."""

import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.stage_process import TIME_LIMIT, Script, posix_only, run

pytestmark = pytest.mark.slow

LABS = [
    lab.relative_to(ROOT).as_posix()
    for lab in [*ROOT.glob("0*_*/labs/*.py"), *ROOT.glob("docs/run_it/*.py")]
    if re.search(r"    (run\(main|compare\(\n? *measure)", lab.read_text("utf-8"))
]
UNKNOWN = "not measured on this system"

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="what the lab shows is known of Linux alone"
)


class Lab:
    """Runs labs in copies of their stages, to which nothing else belongs."""

    def __init__(self, folder: Path) -> None:
        """Takes a folder for the copies."""
        self.folder = folder

    def table(self, lab: str) -> dict[str, list[str]]:
        """Runs a lab, and returns its table: what each server got, by title."""
        stage, _, _ = lab.partition("/")
        shutil.copytree(ROOT / stage, self.folder / stage)
        result = run(str(self.folder / lab))
        assert result.returncode == 0, result.stderr.decode()
        return table_of(result.stdout)


def table_of(output: bytes) -> dict[str, list[str]]:
    """Returns the table that a lab has printed: a row's cells, by its title."""
    lines = output.decode().splitlines()
    _, *rows = [re.split(" {3,}", line) for line in lines if line]
    return {title: cells for title, *cells in rows}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Runs a lab, and returns what it prints."""
    return Lab(tmp_path)


@linux_only
def test_half_close_loses_answers(lab: Lab) -> None:
    """Step 2 loses some of the answers, step 3 none."""
    [(before, after)] = lab.table("01_echo/labs/half_close.py").values()
    assert int(before) > int(after) == 0


def test_a_lab_compares_any_servers() -> None:
    """Those that its command line names, each in a column under its name."""
    servers = ["01_echo/echo_server.py", "01_echo/steps/echo4.py"]
    result = run("01_echo/labs/half_close.py", *servers)
    assert result.stdout.decode().split()[:2] == ["echo_server.py", "echo4.py"]
    assert table_of(result.stdout) == {"answers lost, of 200": ["0", "0"]}


def test_a_client_that_never_reads_is_not_read_from(lab: Lab) -> None:
    """Step 3 takes all and keeps it in memory, step 4 takes little."""
    table = lab.table("01_echo/labs/never_reads.py")
    before, after = table["MiB taken from the client"]
    assert int(before) == 60 > int(after)
    before, after = table["MiB that its memory grew"]
    assert {before, after} == {UNKNOWN} or float(before) > 3 * float(after)
    assert (before == UNKNOWN) == (sys.platform != "linux")


def test_a_busy_port_ends_a_server_that_awaits(lab: Lab) -> None:
    """Step 1 complains and stays, step 2 ends at length, the last one in a line."""
    lines, later = lab.table("01_echo/labs/busy_port.py").values()
    assert int(lines[0]) > 1 < int(lines[1])
    assert lines[2] == "1"
    assert later == ["still running", "exit status 1", "exit status 1"]


@linux_only
def test_out_of_descriptors_nobody_waits_in_vain(lab: Lab) -> None:
    """The stage's server turns away whom it cannot serve, idles, and recovers."""
    table = lab.table("01_echo/labs/out_of_descriptors.py")
    answered, refused, waiting, cpu, later = table.values()
    assert int(waiting[0]) > int(waiting[1]) == 0
    assert int(answered[1]) + int(refused[1]) == 100
    assert float(cpu[0]) > float(cpu[1])
    assert later[1] == "40"


def test_a_slow_drip_holds_a_connection(lab: Lab) -> None:
    """Step 2 is held by it for as long as the lab looks, step 3 is not."""
    [held] = lab.table("02_http_counter/labs/slow_drip.py").values()
    assert held == ["3600", "60"]


def test_a_blocked_reactor_makes_everyone_wait(lab: Lab) -> None:
    """Others wait far longer if an answer is waited for in the reactor's thread."""
    [waits] = lab.table("02_http_counter/labs/blocked_reactor.py").values()
    sleeps, slow, thread = map(float, waits)
    assert sleeps > 2 * slow
    assert sleeps > 2 * thread


def test_a_locked_database_makes_one_wait_or_all(lab: Lab) -> None:
    """The number waits for the lock with both servers, others with the first alone."""
    number, other = lab.table("02_http_counter/labs/locked_database.py").values()
    assert min(map(float, number)) > 500
    assert float(other[0]) > 500 > float(other[1])


def test_a_count_in_a_database_survives_kills(lab: Lab) -> None:
    """It gives no number twice, as the stage's server does after each start."""
    answers, twice, _ = lab.table("02_http_counter/labs/killed.py").values()
    assert min(map(int, answers)) >= 150
    assert int(twice[0]) > int(twice[1]) == 0


@linux_only
def test_what_the_echo_taught_holds_in_http(lab: Lab) -> None:
    """Step 3 loses answers and keeps those that nobody reads, step 4 does neither."""
    lost, taken, grown = lab.table("02_http_counter/labs/echo_again.py").values()
    assert int(lost[0]) > int(lost[1]) == 0
    assert int(taken[0]) == 12 > int(taken[1])
    assert float(grown[0]) > 3 * float(grown[1])


@linux_only
def test_a_line_waits_for_an_acknowledgement(lab: Lab) -> None:
    """In step 6 even the fastest line is slower than usual in the last step."""
    shortest, median = lab.table("03_chat/labs/forty_milliseconds.py").values()
    assert float(shortest[0]) > float(median[1])


@linux_only
def test_a_stuck_reader_fills_the_memory(lab: Lab) -> None:
    """Step 5 keeps all that a client does not read, step 6 drops the client."""
    [(before, after)] = lab.table("03_chat/labs/stuck_reader.py").values()
    assert float(before) > 3 * float(after)


def test_a_message_without_an_end_costs_everybody(lab: Lab) -> None:
    """The first step gathers its parts, the last one drops its sender."""
    waits, _memory, dropped = lab.table("03_chat/labs/endless_message.py").values()
    assert float(waits[0]) > float(waits[1])
    assert dropped == ["no", "yes"]


def test_a_lab_ends_in_time(tmp_path: Path) -> None:
    """One that hangs is given up, with one line and status 1."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "02_http_counter", copy)
    shared = copy / "labs" / "counter_lab.py"
    text = shared.read_text("utf-8")
    shared.write_text(text.replace("TIME_LIMIT = 100", "TIME_LIMIT = 1"), "utf-8")
    result = run(str(copy / "labs" / "blocked_reactor.py"))
    assert result.returncode == 1
    assert result.stderr.decode().splitlines()[-1] == "Given up after 1 seconds."


@posix_only
@pytest.mark.parametrize("lab", LABS)
def test_ctrl_c_ends_a_lab(lab: str) -> None:
    """At any time, quietly, with status 0, and with its servers."""
    with Script(lab) as process:
        name, _, _ = process.stderr.readline().partition(b": ")
        process.send_signal(signal.SIGINT)
        # The servers have the same standard error: while one runs, this does not end.
        _, errors = process.communicate(timeout=TIME_LIMIT)
        assert process.returncode == 0
        assert name.endswith(b".py")
        assert errors == b""


def test_all_stages_share_one_lab_module() -> None:
    """A stage runs alone, so each has a copy; the copies are the same."""
    copies = [path.read_text("utf-8") for path in ROOT.glob("0*_*/labs/*_lab.py")]
    assert len(copies) == 3
    assert len(set(copies)) == 1
