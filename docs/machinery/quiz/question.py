"""Reads a `quiz` fence: a question about a run, in TOML, and the mistakes behind it.

- `ask`: the question; `because`: why the right answer is right. Backticks mark code.
- `file`: a program, a step, or an exercise's folder, whose solution is meant; the page
  shows the parts of it that `show` names. Or `code`: a short program, shown whole.
- `scene`: what clients do, in the words of `docs/machinery/diagrams/scene.py`; what
  stands above a line `---` happened before. Without a scene, the program just runs.
- `serve`: in a scene, what the program passes to `listen`, such as `ChatFactory()`; an
  exercise's tests know that themselves. `clock` is the reactor's time.
- `tell`: what of the run is the answer, as `docs/machinery/quiz/run.py` lists it.
- `[[wrong]]`, at least twice: what somebody `believes`; an edit of the program or the
  scene, `old` and `new`, that makes it true; and `look`, where to look instead. Or a
  `mistake` of the exercise, by its belief; it has a question, which `look` may replace.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.machinery import ROOT
from docs.machinery.exercises.folder import Exercise

TEXTS = ("ask", "because", "tell", "file", "show", "code", "scene", "serve")
LEAST = 2  # wrong answers; with fewer, it is no choice


class QuizError(ValueError):
    """Says what is wrong with a question."""


@dataclass(frozen=True)
class Wrong:
    """One edit, and the belief of those who expect what it does."""

    believes: str
    look: str
    text: str  # of the program
    scene: str


@dataclass(frozen=True)
class Question:
    """A question, and what has to be run to answer it."""

    ask: str
    because: str
    tell: str
    file: str
    show: str
    code: str
    scene: str
    serve: str
    text: str  # of the program
    exercise: Exercise | None
    wrong: list[Wrong]


def parse(fence: str) -> Question:
    """Returns the question that a page asks."""
    try:
        row = tomllib.loads(fence)
    except tomllib.TOMLDecodeError as error:
        raise QuizError(f"the quiz is no TOML: {error}") from error
    fields = {name: str(row.get(name, "")).strip() for name in TEXTS}
    ask, because, tell, file, _show, code, *_ = fields.values()
    if (
        not (ask and because and tell)
        or bool(file) == bool(code)
        or (row.keys() - {*TEXTS, "wrong"})
    ):
        raise QuizError(f"a quiz has {TEXTS} and wrong; `file` or `code`, not both")
    exercise = exercise_at(file) if file else None
    text = text_of(file, exercise) if file else row["code"]
    wrong = [
        read(edit, text, fields["scene"], exercise) for edit in row.get("wrong", [])
    ]
    if len(wrong) < LEAST:
        raise QuizError(f"a quiz needs at least {LEAST} wrong answers")
    return Question(**fields, text=text, exercise=exercise, wrong=wrong)


def exercise_at(path: str) -> Exercise | None:
    """Returns the exercise in a folder, or None if there is none."""
    folder = ROOT / path
    return Exercise(folder) if (folder / "mistakes.toml").is_file() else None


def text_of(path: str, exercise: Exercise | None) -> str:
    """Returns the text of a program, or of an exercise's solution."""
    file = exercise.solution if exercise else ROOT / path
    if not file.is_file():
        raise QuizError(f"no file '{path}'")
    return Path(file).read_text("utf-8")


def read(
    row: Mapping[str, str], text: str, scene: str, exercise: Exercise | None
) -> Wrong:
    """Returns a wrong answer, as a fence has it."""
    match row:
        case {"mistake": believes} if exercise and row.keys() <= {"mistake", "look"}:
            for mistake in exercise.mistakes:
                if mistake.believes == believes:
                    look = row.get("look", mistake.ask)
                    return Wrong(believes, look, mistake.edit(text), scene)
            there = "; ".join(mistake.believes for mistake in exercise.mistakes)
            raise QuizError(f"no mistake '{believes}'. There are: {there}")
        case {"believes": believes, "look": look, "old": old, "new": new}:
            if text.count(old) + scene.count(old) != 1:
                raise QuizError(f"'{believes}': `old` is not exactly once there: {old}")
            edited = text.replace(old, new), scene.replace(old, new)
            return Wrong(believes, look, *edited)
    raise QuizError(f"a wrong answer has `believes`, `look`, `old`, `new`: {row}")
