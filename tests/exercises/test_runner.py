"""What learners see when they let pytest judge an exercise, whatever they wrote."""

import csv
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pytest

from docs.machinery.exercises.apart import START, Failed, Verdict, judge_apart
from docs.machinery.exercises.classroom import Course
from docs.machinery.exercises.folder import Exercise, exercises_of, projects_of
from docs.machinery.exercises.report import explain, guess, what_now
from tests import ROOT
from tests.stage_process import TIME_LIMIT, posix_only

pytestmark = pytest.mark.slow

SHOUT = Exercise(ROOT / "01_echo" / "exercises" / "1_shout")
SOLUTION = SHOUT.solution.read_text("utf-8")
NAMES = sorted(frozenset[str]().union(*(m.caught_by for m in SHOUT.mistakes)))
TESTS = len(NAMES)


def verdict_on(answer: str) -> Verdict:
    """Judges one answer to the first exercise."""
    [verdict] = judge_apart(SHOUT, answer)
    return verdict


def test_a_good_answer_passes_all_tests() -> None:
    """There is nothing to complain of."""
    verdict = verdict_on(SOLUTION)
    assert verdict.good
    assert len(verdict.passed) == TESTS


def test_a_wrong_answer_is_told_what_it_did() -> None:
    """What was sent, what should have come back, and what did."""
    [failed, *_] = verdict_on(SOLUTION.replace("upper", "lower")).failed
    assert failed.claim == "What a client sends comes back in capitals."
    assert failed.complaint == (
        r"Alice connects. Alice sends b'hello\n'. Alice should receive b'HELLO\n',"
        r" but receives b'hello\n'."
    )
    assert not failed.accident


def test_each_test_judges_a_fresh_load() -> None:
    """What an answer leaves on itself is gone when the next test begins."""
    answer = SOLUTION + "\n    def connectionMade(self) -> None:\n"
    once = (
        answer + "        assert not hasattr(Shout, 'met')\n        Shout.met = True\n"
    )
    assert verdict_on(once).good


def test_an_answer_that_ends_python_is_the_last_of_its_process() -> None:
    """The answers after it are judged by another process."""
    exit_at_once = "import os\nos._exit(0)"
    verdicts = judge_apart(SHOUT, SOLUTION, exit_at_once, exit_at_once, SOLUTION)
    assert [verdict.good for verdict in verdicts] == [True, False, False, True]


def test_an_exception_is_told_with_its_line() -> None:
    """The line of the answer, and none of the lines that led there."""
    [failed, *_] = verdict_on(SOLUTION.replace("data.upper()", "nothing")).failed
    assert failed.complaint.splitlines() == [
        (
            r"Alice connects. Alice sends b'hello\n'. Then the server fails with"
            " NameError: name 'nothing' is not defined."
        ),
        "shout.py, line 14: self.transport.write(nothing)",
    ]
    assert failed.accident


def test_an_answer_that_cannot_be_tested_is_told_why() -> None:
    """Nothing defined, misspelt, not Python, not there, or gone."""
    lacks = "shout.py has no Shout, which its tests look for."
    why = {
        "": lacks,
        "class Shuot:\n    pass\n": lacks,
        "x = 1\nclass Shout(:\n": (
            "Python cannot load shout.py: SyntaxError: invalid syntax.\n"
            "shout.py, line 2: class Shout(:"
        ),
        "\nimport twistd\n": (
            "Python cannot load shout.py: ModuleNotFoundError: No module named"
            " 'twistd'.\nshout.py, line 2: import twistd"
        ),
        "import sys\nsys.exit()": "shout.py ends Python as soon as it is imported.",
        "import os\nos._exit(0)": "shout.py ends Python while it is tested. ",
    }
    told = [verdict.trouble for verdict in judge_apart(SHOUT, *why)]
    assert dict(zip(why, told, strict=True)) == why


def test_an_answer_that_never_ends_is_stopped() -> None:
    """The endless loop is named by its line, and the runner goes on."""
    loop = "        while True:\n            data.upper()\n"
    write = "        self.transport.write(data.upper())\n"
    trouble = verdict_on(SOLUTION.replace(write, loop)).trouble
    assert "shout.py is still busy after 5 seconds, in line 1" in trouble


def test_what_an_answer_prints_is_kept_apart() -> None:
    """A learner's print is shown, however it is done, and disturbs nothing."""
    answer = f"import os\nprint('here')\nos.write(1, b'there')\n{SOLUTION}"
    verdict = verdict_on(answer)
    assert verdict.good
    assert verdict.printed == "here\n"


def test_only_the_first_test_to_fail_shows_what_it_printed() -> None:
    """And what is printed by the import, but nothing of the other tests."""
    printing = "        print('heard', data)\n        self.transport.write(data)\n"
    write = "        self.transport.write(data.upper())\n"
    assert write in SOLUTION
    verdict = verdict_on("print('here')\n" + SOLUTION.replace(write, printing))
    assert len(verdict.failed) > 1
    assert verdict.printed.count("here\n") == 1
    assert verdict.printed.count("heard") == 1


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A stage's folder with the first exercise in it, twice."""
    exercises = tmp_path / "09_stage" / "exercises"
    for name in ["1_shout", "2_again"]:
        folder = shutil.copytree(SHOUT.folder, exercises / name)
        starter = SOLUTION.replace("data.upper()", "data")
        (folder / "shout.py").write_text(starter, "utf-8")
    readme = exercises / "2_again" / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("# Shout", "# Again"), "utf-8")
    return exercises.parent


PYTEST = ["-m", "pytest", "-q", f"--config-file={ROOT / 'pyproject.toml'}"]


def pytest_in(folder: Path, *arguments: str, status: int = 1) -> list[str]:
    """Runs pytest as a learner in a folder, and returns the lines that it prints."""
    done = subprocess.run(
        [sys.executable, *PYTEST, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, "")
    return [line.rstrip("=") for line in done.stdout.splitlines() if line]


def test_the_first_exercise_to_do_is_explained(stage: Path) -> None:
    """One exercise, one claim, one complaint, the progress, and one next step."""
    lines = pytest_in(stage, ".")
    assert [line.strip("= ") for line in lines[1:-1]] == [
        "1. Shout",
        f"exercises/1_shout/shout.py passes 2 of {TESTS} tests. The first to fix:",
        "What a client sends comes back in capitals.",
        (
            r"Alice connects. Alice sends b'hello\n'. Alice should receive b'HELLO\n',"
            r" but receives b'hello\n'."
        ),
        "progress",
        "next   1. Shout",
        "to do  2. Again",
        "0 of 2 done.",
        "Next: edit exercises/1_shout/shout.py (about 5 minutes).",
        "Then: pytest exercises/1_shout",
        "A hint: pytest exercises/1_shout --hint 1",
    ]


def test_a_known_mistake_is_asked_its_question(stage: Path) -> None:
    """An answer that does just what a mistake does is asked what that one is."""
    mistake = SHOUT.mistakes[3]
    file = stage / "exercises" / "1_shout" / "shout.py"
    file.write_text(mistake.edit(SOLUTION), "utf-8")
    assert f"Ask yourself: {mistake.ask}" in pytest_in(stage, ".")
    # The same test fails, but by something else.
    louder = "capitalize().replace(b'l', b'L')"
    other = mistake.edit(SOLUTION).replace("capitalize()", louder)
    assert {f.test for f in verdict_on(other).failed} == mistake.caught_by
    file.write_text(other, "utf-8")
    assert not [line for line in pytest_in(stage, ".") if line.startswith("Ask")]


def test_a_solved_exercise_leads_to_the_next(stage: Path) -> None:
    """In its own folder: it is done, compare, and go on."""
    folder = stage / "exercises" / "1_shout"
    (folder / "shout.py").write_text(SOLUTION, "utf-8")
    assert pytest_in(folder, status=0)[-4:-1] == [
        "1 of 1 done.",
        "Compare shout.py with solution.py.",
        f"Next: 2. Again, in {Path('..', '2_again')}.",
    ]


def test_the_last_exercise_leads_on() -> None:
    """After the last comes the stage's project, then the next page in the menu."""
    *_, exercise, of_deferreds = exercises_of(ROOT / "01_echo")
    [last] = projects_of(ROOT / "01_echo")
    assert what_now(exercise).splitlines()[-1] == (
        f"Next: Project 1. A key-value server, in {os.path.relpath(last.folder)}."
    )
    further = ROOT / "docs"
    assert what_now(last).splitlines()[-1] == (
        f"Next: 2. HTTP counter, in {os.path.relpath(further / '02_http_counter.md')}."
    )
    assert what_now(of_deferreds).splitlines()[-1] == (
        "Next: back to step 5 of Deferreds, in"
        f" {os.path.relpath(further / 'deferreds.md')}."
    )
    *_, last = projects_of(ROOT / "03_chat")
    assert what_now(last).splitlines()[-1].startswith("Next: ")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            SOLUTION.replace("data.upper()", "data.decode().upper()"),
            "Stuck? See docs/stuck",
        ),
        (
            SOLUTION.replace("dataReceived", "datarecieved"),
            "Nothing calls `datarecieved` (line 12). Did you mean `dataReceived`?",
        ),
    ],
)
def test_help_fits_what_happened(answer: str, says: str) -> None:
    """An exception leads to its entry, a slip is named, and no question is asked."""
    told = explain(SHOUT, SHOUT.file, answer, verdict_on(answer))
    assert told[-1].startswith(says)
    assert not any(line.startswith("Ask") for line in told)


def test_overwritten_tests_judge_nothing() -> None:
    """The tests were read before the answer ran, and tell it the truth."""
    verdict = Course([SHOUT]).judge(SHOUT, FORGERIES["other tests"])
    assert sorted(failed.test for failed in verdict.failed) == NAMES


def test_a_question_needs_something_right_and_no_exception() -> None:
    """An answer that does nothing right may have been meant in many ways."""

    def told(passed: list[str], errors: list[str]) -> list[str]:
        failed = Failed("test_a", "It works.", "It does not.", errors)
        verdict = Verdict(passed=passed, failed=[failed], like=[0])
        return guess(SHOUT, SOLUTION, verdict)

    assert told(["test_b"], []) == [f"Ask yourself: {SHOUT.mistakes[0].ask}"]
    assert told([], []) == []
    assert told(["test_b"], ["KeyError: 'x'"]) == []


@posix_only
def test_a_saved_file_is_judged_again(stage: Path) -> None:
    """With --watch, as soon as it is saved; keys ask for a hint, a list, the end."""
    answer = stage / "exercises" / "2_again" / "shout.py"
    terminal, keyboard = os.openpty()
    with subprocess.Popen(
        [sys.executable, *PYTEST, ".", "--watch"],
        cwd=stage,
        stdin=keyboard,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        late = Timer(TIME_LIMIT, process.kill)  # then there is nothing more to read
        late.start()

        def reads(*expected: str) -> None:
            lines = iter(process.stdout or ())
            for end in expected:
                assert any(line.rstrip() == end for line in lines)

        reads("1. Shout", "h hint · n next · l list · q quit")
        os.write(terminal, b"n")
        reads("2. Again", "h hint · n next · l list · q quit")
        os.write(terminal, b"h")
        reads("Hint 1 of 3:", "h hint · n next · l list · q quit")
        answer.write_text(SOLUTION, "utf-8")
        reads(f"{Path('exercises', '2_again', 'shout.py')} passes all {TESTS} tests.")
        os.write(terminal, b"l")
        reads("  done   2. Again", "1 of 2 done.", "h hint · n next · l list · q quit")
        os.write(terminal, b"q")
        assert process.wait() == 0
        late.cancel()
    os.close(terminal)
    os.close(keyboard)


def test_a_hint_is_shown_on_request(stage: Path) -> None:
    """The hint of that number for the exercise to do; the last one serves for more."""
    for number, shown in [(1, 1), (9, 3)]:
        lines = pytest_in(stage / "exercises" / "2_again", f"--hint={number}")
        hint = f"Hint {shown} of 3:\n{SHOUT.hints[shown - 1]}"
        assert hint in "\n".join(lines)


def test_the_solutions_can_be_judged_instead(stage: Path) -> None:
    """With --solution, a learner's own files do not matter."""
    assert "2 of 2 done." in pytest_in(stage, ".", "--solution", status=0)


def test_a_class_is_judged_at_once(stage: Path) -> None:
    """A row for each student, whatever was handed in; CSV and JUnit tell the same."""
    students = stage.parent / "students"
    for student, name, answer in [
        ("ada", "homework/shout (1).py", SOLUTION),
        ("bob", "shout.py", SOLUTION.replace("upper", "lower")),
        ("cyd", "Shout-2.py", "import os\nos._exit(0)"),
        ("dan", "shouting.py", SOLUTION),
        ("eve", "shout.py", "class Shout(:"),
    ]:
        file = students / student / name
        file.parent.mkdir(parents=True)
        file.write_text(answer, "utf-8")
    older = students / "bob" / "shout(1).py"
    older.write_text(SOLUTION, "utf-8")
    os.utime(older, (1, 1))
    *lines, _ = pytest_in(
        stage / "exercises" / "1_shout",
        f"--class={students}",
        "--csv=results.csv",
        "--junitxml=results.xml",
    )
    told = [
        ["ada", f"{TESTS} of {TESTS}"],
        ["bob", f"1 of {TESTS}"],
        ["cyd", "error"],
        ["dan", "-"],
        ["eve", "error"],
    ]
    head, *rows, note = [line.split(maxsplit=1) for line in lines[-7:]]
    assert (head, rows) == (["09/1"], told)
    assert " ".join(note) == (
        "bob has 2 files for 1. Shout. The newest is judged: shout.py."
    )
    text = (stage / "exercises" / "1_shout" / "results.csv").read_text("utf-8-sig")
    results = list(csv.DictReader(io.StringIO(text)))
    assert [[row["student"], row["result"]] for row in results] == told
    assert {row["exercise"] for row in results} == {"09/1"}
    assert "b'hello" in results[1]["told"]
    xml = ET.parse(stage / "exercises" / "1_shout" / "results.xml")  # noqa: S314 - ours
    cases = {case.get("name"): len(case) for case in xml.iter("testcase")}
    assert cases == {
        f"1_shout[{name}]": name != "ada" for name, _ in told if name != "dan"
    }


FORGERIES = {
    "a verdict for every pipe": f"""
import json, os
row = dict(passed={NAMES}, failed=[], like=[])
for number in range(1, 20):
    try:
        os.write(number, json.dumps(row).encode() + b"\\n")
    except OSError:
        pass
os._exit(0)
""",
    "tests that run nothing": """
from twisted.trial.unittest import SynchronousTestCase
SynchronousTestCase.run = lambda self, result: None
class Shout:
    pass
""",
    "checks that check nothing": """
from docs.machinery.exercises.case import Client, ServerCase
ServerCase.check = lambda *_: None
from twisted.internet.protocol import Protocol
class Shout(Protocol):
    pass
""",
    "no tests": """
import docs.machinery.exercises.case as case
case.ServerCase = object
class Shout:
    pass
""",
    "other tests": """
from pathlib import Path
from threading import Timer
tests = Path(__file__).with_name("test_shout.py")
tests.write_text("import unittest\\nclass Tests(unittest.TestCase):\\n"
    "    def test_nothing(self): pass\\n")
class Shout:
    pass
""",
    "the solution": "from solution import Shout",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_fails(forgery: str) -> None:
    """A program that wants to be judged better than it is, is not."""
    verdict = Course([SHOUT]).judge(SHOUT, forgery)
    assert not verdict.good
    assert len(verdict.passed) < TESTS


HOSTILE = {
    "endless": "while True: pass",
    "without a timer": """
import faulthandler
faulthandler.cancel_dump_traceback_later()
while True: pass
""",
    "keeps pipes": """
import os, time
if os.fork() == 0:
    time.sleep(1000)
os._exit(0)
""",
    "new session": """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(20)
os._exit(0)
""",
    "gone": "import os; os._exit(0)",
    "its parent killed": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "much to say": """
import os
while True:
    print("x" * 1000000)
    os.write(1, b"x" * 1000000)
""",
}


@posix_only
def test_a_class_is_judged_whatever_it_hands_in(stage: Path) -> None:
    """Everybody is judged within the time, and the next one by the same tests."""
    students = stage.parent / "students"
    tests = SHOUT.tests.read_text("utf-8")
    answers = {
        **HOSTILE,
        "z": f"open({str(stage / 'exercises/1_shout/test_shout.py')!r}, 'w').close()",
        "zz": SOLUTION,
    }
    for student, answer in answers.items():
        (students / student).mkdir(parents=True)
        (students / student / "shout.py").write_text(answer, "utf-8")
    began = time.monotonic()
    lines = pytest_in(stage / "exercises" / "1_shout", f"--class={students}")
    rows = {line[:20].strip(): line[20:].split() for line in lines if " of " in line}
    assert rows == {"zz": [str(TESTS), "of", str(TESTS)]}
    errors = [line for line in lines if line.endswith("    error")]
    assert len(errors) == len(answers) - 1
    assert time.monotonic() - began < len(answers) * (TIME_LIMIT + START)
    assert SHOUT.tests.read_text("utf-8") == tests


@posix_only
def test_nothing_is_left_of_an_answer(tmp_path: Path) -> None:
    """A process that it has started is killed with it, and lets go of its lock."""
    lock = tmp_path / "lock"
    answer = f"""
import fcntl, os, time
held = open({str(lock)!r}, "w")
fcntl.flock(held, fcntl.LOCK_EX)
if os.fork() == 0:
    time.sleep(30)
os._exit(0)
"""
    assert verdict_on(answer).trouble == "shout.py ends Python while it is tested. "
    with lock.open() as file:
        import fcntl

        began = time.monotonic()
        fcntl.flock(file, fcntl.LOCK_EX)
    assert time.monotonic() - began < 20


@posix_only
def test_a_sandbox_is_around_each_answer() -> None:
    """The command that --sandbox names runs the process that judges."""
    answer = f"import os\nassert os.environ['INSIDE'] == 'yes'\n{SOLUTION}"
    assert Course([SHOUT], "env INSIDE=yes").judge(SHOUT, answer).good
    assert not Course([SHOUT]).judge(SHOUT, answer).good


@pytest.fixture
def serving() -> Iterator["subprocess.Popen[bytes]"]:
    """The solution, as `pytest FOLDER --serve` serves it on a free port."""
    with subprocess.Popen(
        [sys.executable, *PYTEST, SHOUT.folder, "--solution", "--serve=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a terminal's Ctrl-C reaches all processes of one
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # after Ctrl-C nobody is left
                os.killpg(process.pid, signal.SIGKILL)


def where(serving: "subprocess.Popen[bytes]") -> tuple[str, int]:
    """Returns the address that a server says it listens on."""
    assert serving.stdout is not None
    line = serving.stdout.readline().decode()
    found = re.fullmatch(r"shout\.py serves on (.+):(\d+)\. Ctrl-C stops it\.\n", line)
    assert found is not None, line
    return found[1], int(found[2])


@posix_only
def test_an_answer_can_serve(serving: "subprocess.Popen[bytes]") -> None:
    """With --serve it answers real clients, until Ctrl-C ends it quietly."""
    with socket.create_connection(where(serving), timeout=TIME_LIMIT) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"
    os.killpg(serving.pid, signal.SIGINT)
    printed, errors = serving.communicate(timeout=TIME_LIMIT)
    assert (serving.returncode, errors) == (0, b"")
    assert b"Interrupt" not in printed


@posix_only
def test_sigterm_ends_the_server(serving: "subprocess.Popen[bytes]") -> None:
    """Pytest passes it on, so no server is left behind."""
    address = where(serving)
    serving.send_signal(signal.SIGTERM)
    _, errors = serving.communicate(timeout=TIME_LIMIT)
    assert (serving.returncode, errors) == (0, b"")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=TIME_LIMIT)


@posix_only
def test_a_busy_port_is_one_line(serving: "subprocess.Popen[bytes]") -> None:
    """A second server on the same port says so, without a traceback."""
    _, port = where(serving)
    done = subprocess.run(
        [sys.executable, *PYTEST, SHOUT.folder, "--solution", f"--serve={port}"],
        capture_output=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch("Couldn't listen on .*already in use.*\n", done.stderr)
