"""What learners see when they let pytest judge an exercise, whatever they wrote."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.judge import Verdict, judge_apart
from tests import ROOT
from tests.stage_process import TIME_LIMIT, posix_only

pytestmark = pytest.mark.slow

SHOUT = Exercise(ROOT / "01_echo" / "exercises" / "1_shout")
SOLUTION = SHOUT.solution.read_text("utf-8")


def verdict_on(answer: str) -> Verdict:
    """Judges one answer to the first exercise."""
    [verdict] = judge_apart(SHOUT, answer)
    return verdict


def test_a_good_answer_passes_all_tests() -> None:
    """There is nothing to complain of."""
    verdict = verdict_on(SOLUTION)
    assert verdict.good
    assert len(verdict.passed) == 4


def test_a_wrong_answer_is_told_what_it_did() -> None:
    """What was sent, what should have come back, and what did."""
    [failed, *_] = verdict_on(SOLUTION.replace("upper", "lower")).failed
    assert failed.claim == "What a client sends comes back in capitals."
    assert failed.complaint == (
        r"Alice connects. Alice sends b'hello\n'. Alice should receive b'HELLO\n',"
        r" but receives b'hello\n'."
    )
    assert not failed.accident


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


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ("", "shout.py has no Shout, which its tests look for."),
        (
            "class Shuot:\n    pass\n",
            "shout.py has no Shout, which its tests look for.",
        ),
        (
            "x = 1\nclass Shout(:\n",
            (
                "Python cannot load shout.py: SyntaxError: invalid syntax.\n"
                "shout.py, line 2: class Shout(:"
            ),
        ),
        (
            "\nimport twistd\n",
            (
                "Python cannot load shout.py: ModuleNotFoundError: No module named"
                " 'twistd'.\nshout.py, line 2: import twistd"
            ),
        ),
        ("import sys\nsys.exit()", "shout.py ends Python as soon as it is imported."),
        ("import os\nos._exit(0)", "shout.py ends Python while it is tested. "),
    ],
)
def test_an_answer_that_cannot_be_tested_is_told_why(answer: str, trouble: str) -> None:
    """Nothing defined, misspelt, not Python, not there, or gone."""
    assert verdict_on(answer).trouble == trouble


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
        "exercises/1_shout/shout.py passes 2 of 4 tests. The first to mend:",
        "What a client sends comes back in capitals.",
        (
            r"Alice connects. Alice sends b'hello\n'. Alice should receive b'HELLO\n',"
            r" but receives b'hello\n'."
        ),
        "progress",
        "next   1. Shout",
        "to do  2. Again",
        "0 of 2 done.",
        "Next: edit exercises/1_shout/shout.py (5 minutes, an estimate).",
        "Then: pytest exercises/1_shout",
        "A hint: pytest exercises/1_shout --hint 1",
    ]


def test_a_known_mistake_is_asked_its_question(stage: Path) -> None:
    """An answer that fails just the tests of a mistake is asked what that one is."""
    answer = SHOUT.mistakes[0].edit(SOLUTION)
    (stage / "exercises" / "1_shout" / "shout.py").write_text(answer, "utf-8")
    lines = pytest_in(stage, ".")
    assert f"Ask yourself: {SHOUT.mistakes[0].ask}" in lines


def test_a_solved_exercise_leads_to_the_next(stage: Path) -> None:
    """In its own folder: it is done, compare, and go on."""
    folder = stage / "exercises" / "1_shout"
    (folder / "shout.py").write_text(SOLUTION, "utf-8")
    assert pytest_in(folder, status=0)[-4:-1] == [
        "1 of 1 done.",
        "Compare shout.py with solution.py.",
        f"Next: 2. Again, in {Path('..', '2_again')}.",
    ]


def test_a_hint_is_shown_on_request(stage: Path) -> None:
    """The hint of that number for the exercise to do; the last one serves for more."""
    for number, shown in [(1, 1), (3, 3), (9, 3)]:
        lines = pytest_in(stage / "exercises" / "2_again", f"--hint={number}")
        hint = f"Hint {shown} of 3:\n{SHOUT.hints[shown - 1]}"
        assert hint in "\n".join(lines)


def test_the_solutions_can_be_judged_instead(stage: Path) -> None:
    """With --solution, a learner's own files do not matter."""
    assert "2 of 2 done." in pytest_in(stage, ".", "--solution", status=0)


def test_a_class_is_judged_at_once(stage: Path) -> None:
    """With --class: a row for each student, whatever each has handed in."""
    students = stage.parent / "students"
    for student, answer in [
        ("ada", SOLUTION),
        ("bob", SOLUTION.replace("upper", "lower")),
        ("cyd", "class Shout(:"),
        ("dan", None),
    ]:
        (students / student / "homework").mkdir(parents=True)
        if answer:
            (students / student / "homework" / "shout.py").write_text(answer, "utf-8")
    lines = pytest_in(stage / "exercises" / "1_shout", f"--class={students}")
    assert [line.split(maxsplit=1) for line in lines[-6:-1]] == [
        ["09/1"],
        ["ada", "4 of 4"],
        ["bob", "1 of 4"],
        ["cyd", "error"],
        ["dan", "-"],
    ]


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
