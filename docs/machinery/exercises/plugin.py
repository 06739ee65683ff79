"""Lets pytest judge exercises: `pytest 01_echo`, or `pytest` in an exercise's folder.

Each exercise is one test. What a learner needs is at the end: what is missing in the
first exercise that is not done, then the progress, then the one next step.
"""

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from docs.machinery import ROOT
from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.judge import judge_apart
from docs.machinery.exercises.report import (
    Judged,
    explain,
    first_missing,
    next_step,
    progress,
    table_of_class,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds what `pytest --help` lists under "exercises"."""
    group = parser.getgroup("exercises")
    group.addoption("--hint", type=int, metavar="N", help="show hint N, from 1 to 3")
    group.addoption("--solution", action="store_true", help="judge solution.py instead")
    group.addoption(
        "--serve",
        type=int,
        nargs="?",
        const=-1,
        metavar="PORT",
        help="run it as a real server, on its stage's port or another",
    )
    group.addoption(
        "--class",
        dest="students",
        type=Path,
        metavar="FOLDER",
        help="judge a class: a folder for each student, with the student's files",
    )


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> "ExerciseFile | None":
    """Keeps pytest from loading an exercise's tests into its own process."""
    if (module_path.parent / "mistakes.toml").is_file():
        return ExerciseFile.from_parent(parent, path=module_path)
    return None


class ExerciseFile(pytest.File):
    """The tests of an exercise, which pytest found."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yields the exercise as one test, or as one for each student's file."""
        exercise = Exercise(self.path.parent)
        answers = [exercise.file]
        if self.config.getoption("solution"):
            answers = [exercise.solution]
        if students := self.config.getoption("students"):
            answers = sorted(students.resolve().glob(f"*/**/{exercise.file.name}"))
        for answer in answers:
            item = ExerciseItem.from_parent(self, name=exercise.folder.name)
            item.exercise, item.answer = exercise, answer
            yield item


class NotDoneError(Exception):
    """An exercise is not done yet."""


class ExerciseItem(pytest.Item):
    """One exercise, and one answer to it."""

    exercise: Exercise
    answer: Path
    judged: Judged

    def runtest(self) -> None:
        """Judges the answer."""
        answer = self.answer.read_text("utf-8", errors="replace")
        [verdict] = judge_apart(self.exercise, answer)
        self.judged = Judged(self.exercise, self.answer, verdict)
        if not verdict.good:
            raise NotDoneError

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,
    ) -> Any:  # noqa: ANN401 - as in the class above
        """Returns what a report such as --junitxml's has to say."""
        if excinfo.errisinstance(NotDoneError):
            return "\n\n".join(explain(self.exercise, self.answer, self.judged.verdict))
        return super().repr_failure(excinfo)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Has the report of an exercise know what it is about."""
    report = yield
    if isinstance(item, ExerciseItem) and call.when == "call":
        vars(report)["judged"] = item.judged
    return report


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Calls an exercise to do, not failed, which pytest would tell in its own way."""
    if report.failed and hasattr(report, "judged"):
        return "to do", "-", "TO DO"
    return None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tells a learner what to do next, or an instructor how the class did."""
    reports = [r for category in terminalreporter.stats.values() for r in category]
    done = [report.judged for report in reports if hasattr(report, "judged")]
    done.sort(key=lambda judged: judged.exercise.place)
    if not done:
        return
    if students := config.getoption("students"):
        terminalreporter.section("class")
        for line in table_of_class(students.resolve(), done):
            terminalreporter.write_line(line)
        return
    if missing := first_missing(done):
        terminalreporter.section(missing.exercise.name)
        terminalreporter.write_line(
            "\n\n".join(explain(missing.exercise, missing.answer, missing.verdict))
        )
    terminalreporter.section("progress")
    for line in [*progress(done), next_step(done, config.getoption("hint"))]:
        terminalreporter.write_line(line)


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With --serve, lets the first exercise serve until Ctrl-C, instead of judging."""
    items = [item for item in session.items if isinstance(item, ExerciseItem)]
    port = session.config.getoption("serve")
    if port is None or not items:
        return None
    command = [sys.executable, "-m", "docs.machinery.exercises.serve", str(port)]
    command += [str(items[0].exercise.folder), str(items[0].answer)]
    # pytest keeps what is printed; a server has something to say at once.
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with (
        capture.global_and_fixture_disabled(),
        subprocess.Popen(command, cwd=ROOT) as it,
    ):
        while it.poll() is None:
            with suppress(KeyboardInterrupt):  # which it got, too
                it.wait()
    session.testsfailed = it.returncode
    return True
