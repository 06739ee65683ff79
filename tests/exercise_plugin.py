"""Lets pytest judge exercises: `pytest 01_echo`, or `pytest` in an exercise's folder.

Each exercise is one test. What a learner needs is at the end: what is missing in the
first exercise that is not done, then the progress, then the one next step.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from exercise_folder import Exercise, exercises_of

from tests import ROOT
from tests.exercise_judge import Verdict, judge_apart


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
        """Yields the exercise as a single test."""
        yield ExerciseItem.from_parent(self, name=self.path.parent.name)


class NotDoneError(Exception):
    """An exercise is not done yet."""


class ExerciseItem(pytest.Item):
    """One exercise."""

    verdict: Verdict

    @property
    def exercise(self) -> Exercise:
        """The exercise in whose folder the tests are."""
        return Exercise(self.path.parent)

    @property
    def answer(self) -> Path:
        """The file to be judged."""
        solution = self.config.getoption("solution")
        return self.exercise.solution if solution else self.exercise.file

    def runtest(self) -> None:
        """Judges it."""
        answer = self.answer.read_text("utf-8", errors="replace")
        [self.verdict] = judge_apart(self.exercise, answer)
        if not self.verdict.good:
            raise NotDoneError

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,
    ) -> Any:  # noqa: ANN401 - as in the class above
        """Returns what a report such as --junitxml's has to say."""
        if excinfo.errisinstance(NotDoneError):
            return "\n\n".join(explain(self))
        return super().repr_failure(excinfo)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Has the report of an exercise know what it is about."""
    report = yield
    if hasattr(item, "verdict") and call.when == "call":
        vars(report)["judged"] = item
    return report


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Calls an exercise to do, not failed, which pytest would tell in its own way."""
    if report.failed and hasattr(report, "judged"):
        return "to do", "-", "TO DO"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what is missing, the progress, and the next step."""
    reports = [r for category in terminalreporter.stats.values() for r in category]
    items = [report.judged for report in reports if hasattr(report, "judged")]
    items.sort(key=lambda item: item.exercise.place)
    if not items:
        return
    missing = next((item for item in items if not item.verdict.good), None)
    if missing:
        terminalreporter.section(missing.exercise.name)
        terminalreporter.write_line("\n\n".join(explain(missing)))
    terminalreporter.section("progress")
    for item in items:
        mark = "done" if item.verdict.good else "next" if item is missing else "to do"
        terminalreporter.write_line(f"  {mark:5}  {item.exercise.name}")
    done = sum(item.verdict.good for item in items)
    terminalreporter.write_line(f"\n{done} of {len(items)} done.")
    step = next_step(missing) if missing else what_now(items[-1].exercise)
    terminalreporter.write_line(step)


def explain(item: ExerciseItem) -> list[str]:
    """Returns what is missing in an answer, in paragraphs."""
    verdict = item.verdict
    if verdict.trouble:
        told = [verdict.trouble]
    else:
        passed, [first, *_] = len(verdict.passed), verdict.failed
        of = passed + len(verdict.failed)
        told = [
            f"{shown(item.answer)} passes {passed} of {of} tests. The first to mend:",
            f"    {first.claim}",
            first.complaint,
        ]
        failed = {test.test for test in verdict.failed}
        likely = [m for m in item.exercise.mistakes if m.caught_by == failed]
        told += [f"Ask yourself: {mistake.ask}" for mistake in likely]
    if verdict.printed:
        told.append(f"It printed:\n{verdict.printed.rstrip()}")
    return told


def next_step(missing: ExerciseItem) -> str:
    """Returns the one thing to do now: a hint, if it was asked for, or the next."""
    exercise = missing.exercise
    if wanted := missing.config.getoption("hint"):
        hints = exercise.hints
        number = min(max(wanted, 1), len(hints))
        return f"Hint {number} of {len(hints)}:\n\n{hints[number - 1]}"
    minutes = exercise.readme["minutes"]
    folder = "" if exercise.folder == Path.cwd() else f" {shown(exercise.folder)}"
    return (
        f"Next: edit {shown(exercise.file)} ({minutes} minutes, an estimate)."
        f"\nThen: pytest{folder}\nA hint: pytest{folder} --hint 1"
    )


def what_now(done: Exercise) -> str:
    """Returns what to do after the last of the exercises that were judged."""
    step = f"Compare {shown(done.file)} with {shown(done.solution)}."
    if later := [e for e in exercises_of(done.stage) if e.place > done.place]:
        step += f"\nNext: {later[0].name}, in {shown(later[0].folder)}."
    return step


def shown(path: Path) -> str:
    """Returns a path as it is seen from the current folder."""
    return os.path.relpath(path)


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With --serve, lets the first exercise serve until Ctrl-C, instead of judging."""
    items = [item for item in session.items if isinstance(item, ExerciseItem)]
    port = session.config.getoption("serve")
    if port is None or not items:
        return None
    command = [sys.executable, "-m", "tests.exercise_serve", str(port)]
    command += [str(items[0].exercise.folder), str(items[0].answer)]
    # pytest keeps what is printed; a server has something to say at once.
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled(), suppress(KeyboardInterrupt):
        session.testsfailed = subprocess.run(command, cwd=ROOT, check=False).returncode
    return True
