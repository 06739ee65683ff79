"""The words about judged exercises: what is missing, the progress, the next step."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from docs.machinery.exercises.folder import Exercise, Program, exercises_of
from docs.machinery.exercises.judge import Verdict


@dataclass
class Judged:
    """An answer, and what became of it."""

    exercise: Exercise
    answer: Path
    verdict: Verdict


def explain(task: Exercise | Program, answer: Path, verdict: Verdict) -> list[str]:
    """Returns what is missing in an answer, in paragraphs."""
    if verdict.trouble:
        told = [verdict.trouble]
    elif verdict.good:
        told = [f"{shown(answer)} passes all {len(verdict.passed)} tests."]
    else:
        [first, *_] = verdict.failed
        told = [
            f"{shown(answer)} passes {score(verdict)} tests. The first to mend:",
            f"    {first.claim}",
            first.complaint,
        ]
        failed = {test.test for test in verdict.failed}
        likely = [m for m in task.mistakes if m.caught_by == failed]
        told += [f"Ask yourself: {mistake.ask}" for mistake in likely]
    if verdict.printed:
        told.append(f"It printed:\n{verdict.printed.rstrip()}")
    return told


def score(verdict: Verdict) -> str:
    """Returns how many of its tests an answer passes, such as `2 of 4`."""
    passed = len(verdict.passed)
    return f"{passed} of {passed + len(verdict.failed)}"


def first_missing(done: Iterable[Judged]) -> Judged | None:
    """Returns the first exercise that is not done."""
    return next((judged for judged in done if not judged.verdict.good), None)


def progress(done: list[Judged]) -> list[str]:
    """Returns a line for each exercise, and how many are done."""
    missing = first_missing(done)
    lines = [
        f"  {'done' if j.verdict.good else 'next' if j is missing else 'to do':5}"
        f"  {j.exercise.name}"
        for j in done
    ]
    good = sum(judged.verdict.good for judged in done)
    return [*lines, "", f"{good} of {len(done)} done."]


def next_step(done: list[Judged], hint: int | None) -> str:
    """Returns the one thing to do now; or a hint to it, by its number from 1."""
    missing = first_missing(done)
    if missing is None:
        return what_now(done[-1].exercise)
    exercise = missing.exercise
    if hint is not None:
        number = min(max(hint, 1), len(exercise.hints))
        return (
            f"Hint {number} of {len(exercise.hints)}:\n\n{exercise.hints[number - 1]}"
        )
    folder = "" if exercise.folder == Path.cwd() else f" {shown(exercise.folder)}"
    return (
        f"Next: edit {shown(exercise.file)}"
        f" ({exercise.readme['minutes']} minutes, an estimate)."
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


def table_of_class(students: Path, done: list[Judged]) -> list[str]:
    """Returns the results of all who have a folder in `students`: a row for each."""
    exercises = sorted({j.exercise for j in done}, key=lambda e: e.place)
    cells = {
        (j.answer.relative_to(students).parts[0], j.exercise): "error"
        if j.verdict.trouble
        else score(j.verdict)
        for j in done
    }
    heads = [f"{e.stage.name[:2]}/{e.place[1]}" for e in exercises]
    rows = [
        row(folder.name, [cells.get((folder.name, e), "-") for e in exercises])
        for folder in sorted(students.iterdir())
        if folder.is_dir()
    ]
    return [row("", heads), *rows]


def row(name: str, cells: Iterable[str]) -> str:
    """Returns a row of a table."""
    return f"{name:20}" + "".join(f"{cell:>9}" for cell in cells)
