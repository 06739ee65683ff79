"""Judges answers to an exercise: runs its tests against what a learner has written.

`judge` does so in this process, which an answer can bring down. As a program, this is
the process that `apart` starts: answers come in as JSON, and a line goes out for each.
"""

import faulthandler
import gc
import importlib
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from unittest import TestCase, TestResult

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import globalLogBeginner

from docs.machinery import STAGES
from docs.machinery.exercises.apart import (
    FILE_LIMIT,
    MEDDLES,
    PRINTED_LIMIT,
    TIME_LIMIT,
    Failed,
    Verdict,
)
from docs.machinery.exercises.case import ServerCase
from docs.machinery.exercises.folder import (
    Exercise,
    ExerciseError,
    Program,
    WrongAnswer,
)


class Sources(MetaPathFinder, Loader):
    """What an answer and its tests import, as it was before the answer ran.

    Each test gets all of it anew, so that no test sees what another one left on a
    module or a class.
    """

    def __init__(self, task: Exercise | Program, answer: str) -> None:
        """Reads the course's files, and puts the answer in the place of one."""
        self.task = task
        neighbors = [task.file.parent, *STAGES]
        paths = [path for folder in neighbors for path in folder.glob("*.py")]
        paths = [path for path in paths if path.name != "solution.py"]
        self.paths = {path.stem: path for path in [*paths, task.tests, task.file]}
        self.texts: dict[str, bytes | str] = {
            name: path.read_bytes() for name, path in self.paths.items()
        }
        # Editors on Windows mark UTF-8 with this character.
        self.texts[task.file.stem] = answer.removeprefix("\ufeff")
        self.codes: dict[str, CodeType] = {}

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Finds a module of the course by its name."""
        if name not in self.paths:
            return None
        return spec_from_file_location(name, self.paths[name], loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the text of a module."""
        name = module.__name__
        if name not in self.codes:
            self.codes[name] = compile(self.texts[name], self.paths[name], "exec")
        exec(self.codes[name], vars(module))  # noqa: S102 - the learner's own

    @contextmanager
    def found(self) -> Iterator[None]:
        """Lets Python find these modules, and not what else has their names."""
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)

    def forget(self) -> None:
        """Has Python load all of it anew when it is imported next."""
        for name in self.paths:
            sys.modules.pop(name, None)

    def tests(self) -> list[TestCase]:
        """Loads everything anew, and returns the tests in their order."""
        self.forget()
        importlib.import_module(self.task.file.stem)
        module = importlib.import_module(self.task.tests.stem)
        return [
            case(name)
            for case in vars(module).values()
            if isinstance(case, type) and case.__module__ == module.__name__
            if issubclass(case, TestCase)
            for name in vars(case)
            if name.startswith("test_")
        ]

    def factory(self, clock: IReactorTime) -> Factory[Any]:
        """Loads everything anew, and returns what the tests would test.

        Raises ExerciseError if that is no server.
        """
        case, *_ = self.tests()
        if not isinstance(case, ServerCase):
            raise ExerciseError(f"{self.task.file.name} is no server to run")
        return case.make_factory(clock)


@contextmanager
def sources_of(task: Exercise | Program, answer: str) -> Iterator[Sources]:
    """Lets Python find what an answer imports."""
    sources = Sources(task, answer)
    with sources.found():
        yield sources


class Printed(io.StringIO):
    """What an answer prints, as far as anybody will read it."""

    def write(self, text: str) -> int:
        """Keeps the beginning."""
        super().write(text[: PRINTED_LIMIT - self.tell()])
        return len(text)


def judge(task: Exercise | Program, answer: str) -> Verdict:
    """Runs the tests against `answer`, which takes the place of the learner's file."""
    verdict = Verdict()
    printed = Printed()
    first = ""  # what the first test to fail prints, which is the one to explain
    try:
        with sources_of(task, answer) as sources, redirect_stdout(printed):
            tests = sources.tests()
            gc.collect()  # what an answer before has left may log its errors now
            imported = printed.getvalue()
            for number in range(len(tests)):
                with redirect_stdout(Printed()) as told:
                    failed = failure_of(tests[number], task, answer)
                if failed and not verdict.failed:
                    first = imported + told.getvalue()
                printed.write(told.getvalue())
                if failed:
                    verdict.failed.append(failed)
                else:
                    verdict.passed.append(tests[number].id().rpartition(".")[2])
                with redirect_stdout(Printed()):  # it was imported once already
                    tests = sources.tests()
    except (Exception, SystemExit) as error:
        verdict.trouble = explain(error, task, answer)
    verdict.printed = first if verdict.failed else printed.getvalue()
    return verdict


def judge_beside(
    task: Exercise | Program, answer: str, wrong_answers: Sequence[WrongAnswer]
) -> Verdict:
    """Judges an answer, and notes the mistakes of which the same would be told.

    After a good answer, a wrong one must still fail. If it does not, the answer has
    changed what judges it.
    """
    verdict = judge(task, answer)
    if verdict.good and wrong_answers:
        tests, wrong = min(wrong_answers, key=lambda mistake: len(mistake[0]))
        if names_of(judge(task, wrong).failed) != tests:
            return Verdict(trouble=f"{task.file.name} {MEDDLES}")
    for number, (tests, wrong) in enumerate(wrong_answers):
        same_tests = names_of(verdict.failed) == tests
        if same_tests and judge(task, wrong).failed == verdict.failed:
            verdict.like.append(number)
    return verdict


def names_of(failed: list[Failed]) -> list[str]:
    """Returns the names of failed tests in the order in which mistakes name them."""
    return sorted(test.test for test in failed)


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

    def addSubTest(
        self, test: TestCase, subtest: TestCase, err: tuple[object, ...] | None
    ) -> None:
        """Notes what was raised in a `with self.subTest()` of unittest's TestCase."""
        self.addFailure(subtest, err or ())


def failure_of(case: TestCase, task: Exercise | Program, answer: str) -> Failed | None:
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
    # Two answers that do the same at different times do the same.
    complaint = re.sub(r"Date: [^\\]+ GMT", "Date: …", complaint)
    for cause in causes:
        complaint += place_in(cause, task, answer)
    complaint = re.sub(r" at 0x[0-9a-fA-F]+", "", complaint)  # another one each time
    errors = [named(c) for c in causes if not isinstance(c, AssertionError)]
    claim = case.shortDescription() or ""
    session = getattr(case, "session", None)  # there is none before its setUp
    script = session.script if session else []
    return Failed(case.id().rpartition(".")[2], claim, complaint, errors, script)


def explain(error: BaseException, task: Exercise | Program, answer: str) -> str:
    """Says why Python cannot even load an answer."""
    file = task.file
    wanted = re.match(rf"cannot import name '(\w+)' from '{file.stem}'", str(error))
    if wanted:
        return f"{file.name} has no {wanted[1]}, which its tests look for."
    if isinstance(error, SystemExit):
        return f"{file.name} ends Python as soon as it is imported."
    return f"Python cannot load {file.name}: {named(error)}." + place_in(
        error, task, answer
    )


def named(error: BaseException) -> str:
    """Returns an exception as the last line of its traceback has it."""
    told = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    return re.sub(" at 0x[0-9a-fA-F]+", "", told)  # an address tells nobody anything


def place_in(error: BaseException, task: Exercise | Program, answer: str) -> str:
    """Returns the line of the answer in which something was raised, or nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f.lineno for f in frames if f.filename == str(task.file) and f.lineno]
    if isinstance(error, SyntaxError) and error.filename == str(task.file):
        places.append(error.lineno or 1)
    if not places:
        return ""
    text = ["", *answer.splitlines(), ""][min(places[-1], answer.count("\n") + 1)]
    return f"\n{task.file.name}, line {places[-1]}: {text.strip()}"


def factory_of(exercise: Exercise, answer: Path, clock: IReactorTime) -> Factory[Any]:
    """Returns what the tests would test with the answer in a file."""
    with sources_of(exercise, answer.read_text("utf-8")) as sources:
        return sources.factory(clock)


def main() -> None:
    """Judges what standard input asks for."""
    if sys.platform != "win32":
        from resource import RLIMIT_FSIZE, setrlimit  # noqa: PLC0415 - not on Windows

        setrlimit(RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    # Until logging begins, Twisted keeps what is logged, and `grows` would measure it.
    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)
    gc.freeze()  # each test collects garbage, which need not look at all of Twisted
    verdicts = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an answer writes does not get among the verdicts by accident
    key, rows = json.load(sys.stdin)
    for folder, answer, wrong_answers in rows:
        faulthandler.dump_traceback_later(TIME_LIMIT, exit=True, file=verdicts)
        verdict = judge_beside(Exercise(Path(folder)), answer, wrong_answers)
        print(key + json.dumps(asdict(verdict)), file=verdicts, flush=True)


if __name__ == "__main__":
    main()
