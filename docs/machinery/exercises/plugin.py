"""Lets pytest judge exercises: `pytest 01_echo`, or `pytest` in an exercise's folder.

Each exercise is one test. What a learner needs is at the end: what is missing in the
first exercise that is not done, then the progress, then the one next step.
"""

import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from docs.machinery import ROOT
from docs.machinery.exercises.apart import Verdict, judge_all
from docs.machinery.exercises.classroom import (
    Course,
    handed_in,
    table_of_class,
    write_csv,
)
from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.report import (
    Judged,
    explain,
    first_missing,
    next_step,
    progress,
)
from docs.machinery.exercises.watch import watch

COURSE = pytest.StashKey[Course]()
NOTES = pytest.StashKey[list[str]]()
VERDICTS = pytest.StashKey["dict[ExerciseItem, Verdict]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds what `pytest --help` lists under "exercises"."""
    group = parser.getgroup("exercises")
    group.addoption("--hint", type=int, metavar="N", help="show hint N, from 1 to 3")
    group.addoption("--solution", action="store_true", help="judge solution.py instead")
    group.addoption(
        "--watch", action="store_true", help="judge again whenever a file is saved"
    )
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
    group.addoption(
        "--sandbox",
        default="",
        metavar="COMMAND",
        help="with --class: a command that runs another one in a sandbox",
    )
    group.addoption(
        "--csv",
        type=Path,
        metavar="FILE",
        help="with --class: write the results for a spreadsheet, too",
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
        name = exercise.folder.name
        if students := self.config.getoption("students"):
            for found in handed_in(students.resolve(), exercise):
                yield self.item(f"{name}[{found.student}]", exercise, found.file)
                if found.others:
                    self.config.stash.setdefault(NOTES, []).append(
                        f"{found.student} has {found.others + 1} files for"
                        f" {exercise.name}. The newest is judged: {found.file.name}."
                    )
        elif self.config.getoption("solution"):
            yield self.item(name, exercise, exercise.solution)
        else:
            yield self.item(name, exercise, exercise.file)

    def item(self, name: str, exercise: Exercise, answer: Path) -> "ExerciseItem":
        """Returns the test of an answer, which is read now, before any other runs."""
        item: ExerciseItem = ExerciseItem.from_parent(self, name=name)
        item.exercise, item.answer = exercise, answer
        item.text = answer.read_text("utf-8", errors="replace")
        return item


def pytest_collection_finish(session: pytest.Session) -> None:
    """Reads what judges a class before a student's file can change it.

    Hypothesis may rest: it takes half a second to find that it has no tests.
    """
    exercises = exercises_in(session)
    if len(exercises) == len(session.items) and "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(name="hypothesispytest")
    if session.config.getoption("students"):
        sandbox = session.config.getoption("sandbox")
        judged = {item.exercise for item in exercises}
        session.stash[COURSE] = Course(judged, sandbox)


def exercises_in(session: pytest.Session) -> "list[ExerciseItem]":
    """Returns the exercises among a session's tests."""
    return [item for item in session.items if isinstance(item, ExerciseItem)]


class NotDoneError(Exception):
    """An exercise is not done yet."""


class ExerciseItem(pytest.Item):
    """One exercise, and one answer to it."""

    exercise: Exercise
    answer: Path
    text: str
    judged: Judged

    def runtest(self) -> None:
        """Judges the answer."""
        verdict = self.verdict()
        self.judged = Judged(self.exercise, self.answer, self.text, verdict)
        if not verdict.good:
            raise NotDoneError

    def verdict(self) -> Verdict:
        """Judges a student's answer alone, and a learner's answers all at once."""
        stash = self.session.stash
        if COURSE in stash:
            return stash[COURSE].judge(self.exercise, self.text)
        if VERDICTS not in stash:
            items = exercises_in(self.session)
            verdicts = judge_all([(item.exercise, item.text) for item in items])
            stash[VERDICTS] = dict(zip(items, verdicts, strict=True))
        return stash[VERDICTS][self]

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,
    ) -> Any:  # noqa: ANN401 - as in the class above
        """Returns what a report such as --junitxml's has to say."""
        if excinfo.errisinstance(NotDoneError):
            told = explain(self.exercise, self.answer, self.text, self.judged.verdict)
            return "\n\n".join(told)
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
        notes = config.stash.get(NOTES, [])
        for line in [*table_of_class(students.resolve(), done), *notes]:
            terminalreporter.write_line(line)
        if file := config.getoption("csv"):
            write_csv(file, students.resolve(), done)
        return
    if missing := first_missing(done):
        terminalreporter.section(missing.exercise.name)
        told = explain(missing.exercise, missing.answer, missing.text, missing.verdict)
        terminalreporter.write_line("\n\n".join(told))
    terminalreporter.section("progress")
    for line in [*progress(done), next_step(done, config.getoption("hint"))]:
        terminalreporter.write_line(line)


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Watches or serves, if that is asked for, instead of judging once."""
    items = exercises_in(session)
    port = session.config.getoption("serve")
    if not items or (port is None and not session.config.getoption("watch")):
        return None
    # pytest keeps what is printed, and what is typed; a learner has both at once.
    capture = session.config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        if port is None:
            watch([(item.exercise, item.answer) for item in items])
        else:
            session.testsfailed = serve(items[0].exercise, items[0].answer, port)
    finally:
        capture.resume_global_capture()
    return True


def serve(exercise: Exercise, answer: Path, port: int) -> int:
    """Lets an answer serve until Ctrl-C or SIGTERM; returns its exit status."""
    command = [sys.executable, "-m", "docs.machinery.exercises.serve", str(port)]
    command += [str(exercise.folder), str(answer)]
    with subprocess.Popen(command, cwd=ROOT) as it:
        signal.signal(signal.SIGTERM, lambda *_: it.terminate())
        while it.poll() is None:
            with suppress(KeyboardInterrupt):  # which it got, too
                it.wait()
    return it.returncode
