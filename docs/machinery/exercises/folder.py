"""An exercise: what its folder holds, for the site, the runner and the proof.

A folder such as `01_echo/exercises/1_shout/` holds `README.md`, the learner's
`shout.py`, `test_shout.py`, `hints.md`, `solution.py` and `mistakes.toml`. Most
also have a `right_answers.toml`. A project, such as `01_echo/projects/1_key_value/`,
is an exercise whose file is empty, and whose tests use real sockets.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

README = re.compile(
    r"# (?P<title>.+)\n\n"
    r"\*\*About (?P<minutes>\d+) minutes\.\*\* "
    r"\*\*You edit\*\* `(?P<file>\w+\.py)`\. "
    r"\*\*You learn\*\* (?P<teaches>[^.]+)\.\n\n"
    r"(?P<task>.+)",
    re.DOTALL,
)


class ExerciseError(ValueError):
    """Says what is wrong with an exercise's folder."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer, and the belief behind it: one edit of the solution."""

    believes: str  # the belief behind it
    old: str  # what the edit replaces, once, in solution.py
    new: str
    caught_by: frozenset[str]  # the names of the tests that it fails
    ask: str  # the question that leads out of it
    in_order: bool = False  # whether its line is among those to be put in order

    def edit(self, solution: str) -> str:
        """Returns the wrong answer; raises ExerciseError unless `old` is there once."""
        where = f"mistakes.toml, believes = {self.believes!r}"
        return replaced(solution, self.old, self.new, where)


WrongAnswer = tuple[list[str], str]  # the tests that it fails, in order; its text


@dataclass(frozen=True)
class RightAnswer:
    """An unusual answer that is right: the tests must accept it, too."""

    shows: str  # what is unusual about it
    new: str
    old: str = ""  # what `new` replaces, once, in solution.py; nothing: all of it

    def edit(self, solution: str) -> str:
        """Returns the answer; raises ExerciseError unless `old` is there once."""
        where = f"right_answers.toml, shows = {self.shows!r}"
        return replaced(solution, self.old, self.new, where) if self.old else self.new


def replaced(text: str, old: str, new: str, where: str) -> str:
    """Returns an edited text; raises ExerciseError unless `old` is there once."""
    if text.count(old) != 1:
        raise ExerciseError(f"{where}: `old` is not exactly once in solution.py: {old}")
    return text.replace(old, new)


@dataclass(frozen=True)
class Program:
    """A file that can be judged by tests, without all that belongs to an exercise."""

    file: Path
    tests: Path
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One exercise's folder."""

    folder: Path

    @cached_property
    def readme(self) -> re.Match[str]:
        """The parts of README.md."""
        match = README.fullmatch((self.folder / "README.md").read_text("utf-8"))
        if match is None:
            raise ExerciseError(f"{self.folder}: README.md begins in another way")
        return match

    @property
    def stage(self) -> Path:
        """The folder of its stage."""
        return self.folder.parents[1]

    @property
    def is_project(self) -> bool:
        """Whether it is a project: a server written from nothing, on real sockets."""
        return self.folder.parent.name == "projects"

    @property
    def place(self) -> tuple[str, bool, str]:
        """Its place in the course: a stage's projects come after its exercises."""
        number = self.folder.name.partition("_")[0]
        return self.stage.name, self.is_project, f"{number:>3}"

    @property
    def number(self) -> str:
        """Its number in its stage, such as `1`, or `P1` for a project."""
        return "P" * self.is_project + self.place[2].strip()

    @property
    def name(self) -> str:
        """Its number and title, such as `1. Shout` or `Project 2. A port forwarder`."""
        kind = "Project " * self.is_project
        return f"{kind}{self.place[2].strip()}. {self.readme['title']}"

    @property
    def page(self) -> str:
        """The name of the page that teaches what it needs."""
        of_deferreds = re.match(r"\*After step \d+ of Deferreds\.", self.readme["task"])
        return "deferreds" if of_deferreds else self.stage.name

    @property
    def file(self) -> Path:
        """The one file that a learner edits."""
        return self.folder / self.readme["file"]

    @property
    def tests(self) -> Path:
        """The tests of that file."""
        return self.folder / f"test_{self.file.name}"

    @property
    def solution(self) -> Path:
        """One good answer."""
        return self.folder / "solution.py"

    @cached_property
    def hints(self) -> list[str]:
        """The hints, from a nudge to almost there, each under a heading of its own."""
        text = (self.folder / "hints.md").read_text("utf-8")
        _, *hints = re.split(r"^## .*$", text, flags=re.MULTILINE)
        return [hint.strip() for hint in hints]

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The wrong answers that its authors know."""
        text = (self.folder / "mistakes.toml").read_text("utf-8")
        return [
            Mistake(**{**row, "caught_by": frozenset(row["caught_by"])})
            for row in tomllib.loads(text)["mistake"]
        ]

    @cached_property
    def wrong_answers(self) -> list[WrongAnswer]:
        """Its mistakes as a judge wants them."""
        solution = self.solution.read_text("utf-8")
        return [(sorted(m.caught_by), m.edit(solution)) for m in self.mistakes]

    @property
    def within(self) -> Path:
        """Its folder, as seen from the folder of the course."""
        return self.folder.relative_to(self.stage.parent)

    @cached_property
    def right_answers(self) -> list[RightAnswer]:
        """Unusual answers that are right; most exercises have a file of them."""
        file = self.folder / "right_answers.toml"
        text = file.read_text("utf-8") if file.is_file() else "right = []"
        return [RightAnswer(**row) for row in tomllib.loads(text)["right"]]


def task_at(file: Path) -> Exercise | Program:
    """Returns the task that a reader works on in `file`.

    A stage's own file is judged by the tests of the stage's server. Raises
    ExerciseError if the file is neither an exercise's nor a stage's.
    """
    if (file.parent / "README.md").is_file() and file == Exercise(file.parent).file:
        return Exercise(file.parent)
    if file.is_file():
        for server in file.parent.glob("*_server.py"):
            tests = f"tests/stages/test_{server.name}"
            return Program(file, file.parents[1] / tests)
    raise ExerciseError(f"nothing to try at {file}")


def exercises_of(stage: Path) -> list[Exercise]:
    """Returns a stage's exercises in their order."""
    return sorted(map(Exercise, stage.glob("exercises/*_*/")), key=lambda e: e.place)


def projects_of(stage: Path) -> list[Exercise]:
    """Returns a stage's projects in their order."""
    return sorted(map(Exercise, stage.glob("projects/*_*/")), key=lambda e: e.place)
