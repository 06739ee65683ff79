"""Has answers judged by another process, and survives whatever they do there.

An answer may print, exit, never end, or start processes of its own. What it writes goes
to files, so nobody waits for a pipe that it holds. When its time is over, its whole
process group is killed. A verdict counts only if it begins with a key that the judge
knows and the answer does not.

An answer runs in the judge's own process. So this stops accidents and simple forgeries,
and not a program that searches the process for the key.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from docs.machinery import ROOT
from docs.machinery.exercises.folder import Exercise

TIME_LIMIT = 5  # seconds for one answer; a good one needs a fraction of one
START = 5  # seconds in which a busy machine has started Python and Twisted
PRINTED_LIMIT = 1000  # characters
FILE_LIMIT = 10_000_000  # bytes in any file that an answer writes
MEDDLES = "changes what judges it."  # an answer passes, and so does a mistake after it

COMMAND = [sys.executable, "-X", "utf8", "-m", "docs.machinery.exercises.judge"]
# A shell comes between, so that an answer's parent is not pytest.
SHELL = [] if sys.platform == "win32" else ["/bin/sh", "-c", '"$@"; exit $?', "sh"]


@dataclass
class Failed:
    """A test that an answer fails."""

    test: str  # its name
    claim: str  # its docstring: what should be true
    complaint: str  # what happens instead
    errors: list[str] = field(default_factory=list)  # what was raised, but for asserts
    script: list[str] = field(default_factory=list, compare=False)  # what clients did

    @property
    def accident(self) -> bool:
        """Whether Python could not make sense of the answer."""
        wrong = ("NameError", "UnboundLocal", "Import", "ModuleNot", "Syntax", "Indent")
        return any(error.startswith(wrong) for error in self.errors)


@dataclass
class Verdict:
    """What became of one answer."""

    trouble: str = ""  # why there were no tests
    passed: list[str] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    printed: str = ""
    like: list[int] = field(default_factory=list)  # mistakes that do just the same

    @property
    def good(self) -> bool:
        """Whether all tests passed."""
        return not (self.trouble or self.failed)


def judge_apart(exercise: Exercise, *answers: str) -> list[Verdict]:
    """Judges answers to one exercise."""
    return judge_all([(exercise, answer) for answer in answers])


def judge_all(tasks: Sequence[tuple[Exercise, str]]) -> list[Verdict]:
    """Judges answers in one process, or in more where an answer ends it."""
    verdicts: list[Verdict] = []
    while left := tasks[len(verdicts) :]:
        verdicts += run(left)
    return verdicts


def run(
    tasks: Sequence[tuple[Exercise, str]],
    copy: Path | None = None,
    sandbox: Sequence[str] = (),
) -> list[Verdict]:
    """Judges answers in one process; with a copy of the course, in there.

    `sandbox` is a command that runs another in a sandbox.

    Returns fewer verdicts than answers if one of them ends the process: it is the last.
    """
    key = secrets.token_hex()
    rows = [
        [str(copy / e.within if copy else e.folder), answer, e.wrong_answers]
        for e, answer in tasks
    ]
    with TemporaryFile() as said, TemporaryFile() as errors:
        process = subprocess.Popen(
            [*SHELL, *sandbox, *COMMAND],
            cwd=copy or ROOT,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=errors,
            start_new_session=True,
        )
        busy = False
        try:
            limit = START + TIME_LIMIT * len(tasks)
            process.communicate(json.dumps([key, rows]).encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            busy = True  # an answer has stopped the judge's own timer
        finally:
            kill(process)
        lines = end_of(said, FILE_LIMIT).splitlines()
        verdicts = [
            read(line.removeprefix(key)) for line in lines if line.startswith(key)
        ]
        if len(verdicts) < len(tasks):
            file = tasks[len(verdicts)][0].file.name
            if busy or any(line.startswith("Timeout") for line in lines):
                trouble = explain_timeout(file, lines)
            else:
                last = end_of(errors, PRINTED_LIMIT)
                trouble = f"{file} ends Python while it is tested. {last}"
            verdicts.append(Verdict(trouble=trouble))
    return verdicts


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process, and what it has started in its group."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # all have ended
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_of(file: IO[bytes], limit: int) -> str:
    """Returns the end of what was written to a file."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - limit))
    return file.read().decode(errors="replace")


def read(line: str) -> Verdict:
    """Returns the verdict that a judge has written."""
    row = json.loads(line)
    return Verdict(**{**row, "failed": [Failed(**f) for f in row["failed"]]})


def explain_timeout(file: str, lines: list[str]) -> str:
    """Says that an answer did not come to an end, and where if that is known."""
    found = (re.search(rf'[\\/]{file}", line (\d+)', line) for line in lines)
    busy = next((match[1] for match in found if match), None)
    return (
        f"{file} is still busy after {TIME_LIMIT} seconds"
        f"{f', in line {busy}' if busy else ''}. In a server, every client would"
        " wait as long. Is there a loop that never ends, a sleep, or a reactor.run()?"
    )


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
