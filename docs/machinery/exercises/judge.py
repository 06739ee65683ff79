"""Judges answers to an exercise, and survives whatever they do.

`judge` runs the exercise's tests against one answer. `judge_apart` has this done by
a process of its own, in which an answer may exit, or never end. This file is also
that process: answers come in as JSON, and a line of JSON goes out for each.
"""

import faulthandler
import io
import json
import os
import re
import subprocess
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import TestCase, TestResult

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from docs.machinery import ROOT, STAGES
from docs.machinery.exercises.case import ServerCase
from docs.machinery.exercises.folder import Exercise, ExerciseError, Program

TIME_LIMIT = 5  # seconds for one answer; a good one needs a fraction of one
PRINTED_LIMIT = 1000  # characters


@dataclass
class Failed:
    """A test that an answer fails."""

    test: str  # its name
    claim: str  # its docstring: what should be true
    complaint: str  # what happens instead
    accident: bool = False  # Python could not make sense of the answer


@dataclass
class Verdict:
    """What became of one answer."""

    trouble: str = ""  # why there were no tests
    passed: list[str] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    printed: str = ""

    @property
    def good(self) -> bool:
        """Whether all tests passed."""
        return not (self.trouble or self.failed)


def judge_apart(exercise: Exercise, *answers: str) -> list[Verdict]:
    """Judges `answers` in a process of its own; one that hangs is the last."""
    program = [sys.executable, "-X", "utf8", "-m", "docs.machinery.exercises.judge"]
    done = subprocess.run(
        [*program, exercise.folder],
        cwd=ROOT,
        input=json.dumps(answers),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = [
        Verdict(**{**row, "failed": [Failed(**f) for f in row["failed"]]})
        for row in rows
    ]
    if len(verdicts) < len(answers):
        verdicts.append(Verdict(trouble=explain_end(exercise, done.stderr)))
    return verdicts


def is_edited(exercise: Exercise) -> bool:
    """Whether a learner has worked on it, so that its file may be no starter now."""
    if "CI" in os.environ:
        return False
    command = ["git", "diff", "--quiet", "HEAD", "--", exercise.file.name]
    try:
        done = subprocess.run(
            command, cwd=exercise.folder, capture_output=True, check=False
        )
    except FileNotFoundError:  # there is no git, so nobody knows
        return True
    return done.returncode != 0  # as it is outside of a checkout, too


def explain_end(exercise: Exercise, errors: str) -> str:
    """Says why a process ended before its answer was judged."""
    file = exercise.file
    if "Timeout" not in errors:  # which is how faulthandler's report begins
        return f"{file.name} ends Python while it is tested. {errors[-PRINTED_LIMIT:]}"
    busy = re.search(rf'File "{re.escape(str(file))}", line (\d+)', errors)
    return (
        f"{file.name} is still busy after {TIME_LIMIT} seconds"
        f"{f', in line {busy[1]}' if busy else ''}. In a server, every client would"
        " wait as long. Is there a loop that never ends, a sleep, or a reactor.run()?"
    )


def judge(exercise: Exercise | Program, answer: str) -> Verdict:
    """Runs the tests against `answer`, which takes the place of the learner's file."""
    verdict = Verdict()
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            load(exercise.file, answer)
            tests = load(exercise.tests, exercise.tests.read_text("utf-8"))
            for case in tests_in(tests):
                if failed := failure_of(case, exercise, answer):
                    verdict.failed.append(failed)
                else:
                    verdict.passed.append(case.id().rpartition(".")[2])
    except (Exception, SystemExit) as error:
        verdict.trouble = explain(error, exercise, answer)
    verdict.printed = printed.getvalue()[:PRINTED_LIMIT]
    return verdict


def load(file: Path, source: str) -> ModuleType:
    """Returns a module made of `source`, which others can import from now on."""
    wanted = map(str, [file.parent, *STAGES])  # it may import neighbors and stages
    sys.path[:0] = [folder for folder in wanted if folder not in sys.path]
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    sys.modules[file.stem] = module
    code = source.removeprefix("\ufeff")  # editors of Windows mark UTF-8 with it
    exec(compile(code, file, "exec"), vars(module))  # noqa: S102 - the learner's own
    return module


def tests_in(module: ModuleType) -> list[TestCase]:
    """Returns a module's own tests in the order in which they are written."""
    return [
        case(name)
        for case in vars(module).values()
        if isinstance(case, type) and case.__module__ == module.__name__
        if issubclass(case, TestCase)
        for name in vars(case)
        if name.startswith("test_")
    ]


class Errors(TestResult):
    """Collects the exceptions of one test: trial adds those that were logged."""

    def __init__(self) -> None:
        """Starts without any."""
        super().__init__()
        self.found: list[BaseException] = []

    def addFailure(self, test: TestCase, err: tuple[object, ...]) -> None:
        """Notes what the test, or the code under test, raised."""
        self.found += [error for error in err if isinstance(error, BaseException)]

    addError = addFailure


def failure_of(
    case: TestCase, exercise: Exercise | Program, answer: str
) -> Failed | None:
    """Runs one test, and returns what it has to complain of."""
    result = Errors()
    case.run(result)
    if not result.found:
        return None
    said, *logged = sorted(
        result.found, key=lambda error: not isinstance(error, AssertionError)
    )
    complaint = str(said) if isinstance(said, AssertionError) else named(said)
    for error in logged:
        complaint += f" The server logs {named(error).removesuffix('.')}."
    causes = [said.__cause__ or said, *logged]
    for cause in causes:
        complaint += place_in(cause, exercise, answer)
    accident = any(isinstance(c, NameError | ImportError | SyntaxError) for c in causes)
    claim = case.shortDescription() or ""
    return Failed(case.id().rpartition(".")[2], claim, complaint, accident)


def explain(error: BaseException, exercise: Exercise | Program, answer: str) -> str:
    """Says why Python cannot even load an answer."""
    file = exercise.file
    wanted = re.match(rf"cannot import name '(\w+)' from '{file.stem}'", str(error))
    if wanted:
        return f"{file.name} has no {wanted[1]}, which its tests look for."
    if isinstance(error, SystemExit):
        return f"{file.name} ends Python as soon as it is imported."
    return f"Python cannot load {file.name}: {named(error)}." + place_in(
        error, exercise, answer
    )


def named(error: BaseException) -> str:
    """Returns an exception as the last line of its traceback has it."""
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]


def place_in(error: BaseException, exercise: Exercise | Program, answer: str) -> str:
    """Returns the line of the answer in which something was raised, or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f.lineno for f in frames if f.filename == str(exercise.file) and f.lineno]
    if isinstance(error, SyntaxError) and error.filename == str(exercise.file):
        places.append(error.lineno or 1)
    if not places:
        return ""
    text = ["", *answer.splitlines(), ""][min(places[-1], answer.count("\n") + 1)]
    return f"\n{exercise.file.name}, line {places[-1]}: {text.strip()}"


def factory_of(exercise: Exercise, answer: Path, clock: IReactorTime) -> Factory[Any]:
    """Returns what the tests would test with the answer in a file.

    Raises ExerciseError if that is no server.
    """
    load(exercise.file, answer.read_text("utf-8"))
    case, *_ = tests_in(load(exercise.tests, exercise.tests.read_text("utf-8")))
    if not isinstance(case, ServerCase):
        raise ExerciseError(f"{exercise.file.name} is no server to run")
    return case.make_factory(clock)


if __name__ == "__main__":
    exercise = Exercise(Path(sys.argv[1]))
    verdicts = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that an answer cannot write among the verdicts
    for answer in json.load(sys.stdin):
        faulthandler.dump_traceback_later(TIME_LIMIT, exit=True)
        row = json.dumps(asdict(judge(exercise, answer)))
        print(row, file=verdicts, flush=True)
