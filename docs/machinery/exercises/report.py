"""The words about judged exercises: what is missing, the progress, the next step."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from docs.machinery import ROOT
from docs.machinery.exercises.apart import Verdict
from docs.machinery.exercises.folder import Exercise, Program, exercises_of, projects_of
from docs.machinery.exercises.slips import slips_in
from docs.machinery.exercises.stuck import entry_about


@dataclass
class Judged:
    """An answer, and what became of it."""

    exercise: Exercise
    answer: Path
    text: str
    verdict: Verdict


def explain(
    task: Exercise | Program, answer: Path, text: str, verdict: Verdict
) -> list[str]:
    """Returns what is missing in an answer, in paragraphs."""
    if verdict.trouble:
        told = [verdict.trouble, *guess(task, text, verdict)]
    elif verdict.good:
        told = [f"{shown(answer)} passes all {len(verdict.passed)} tests."]
    else:
        [first, *_] = verdict.failed
        told = [
            f"{shown(answer)} passes {score(verdict)} tests. The first to fix:",
            f"    {first.claim}",
            first.complaint,
            *guess(task, text, verdict),
        ]
    if verdict.printed:
        told.append(f"It printed:\n{verdict.printed.rstrip()}")
    return told


def guess(task: Exercise | Program, text: str, verdict: Verdict) -> list[str]:
    """Returns what helps with what happened, if anything is known about it.

    A slip is named. After an exception, an entry of Stuck? explains it. A mistake's
    question is asked only of an answer that does just what that mistake does, and
    something right besides.
    """
    said = [verdict.trouble, *(failed.complaint for failed in verdict.failed)]
    told = "\n".join(said)
    if slips := slips_in(text, told):
        return slips[:1]
    if entry := entry_about(told):
        return [entry]
    if not verdict.passed or any(failed.errors for failed in verdict.failed):
        return []
    return [f"Ask yourself: {task.mistakes[number].ask}" for number in verdict.like[:1]]


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
        f" (about {exercise.readme['minutes']} minutes)."
        f"\nThen: pytest{folder}\nA hint: pytest{folder} --hint 1"
    )


def what_now(done: Exercise) -> str:
    """Returns what to do after the last of the exercises that were judged."""
    step = f"Compare {shown(done.file)} with {shown(done.solution)}."
    if back := re.match(r"\*After (step \d+ of Deferreds)\.", done.readme["task"]):
        deferreds = shown(ROOT / "docs" / "deferreds.md")
        return f"{step}\nNext: back to {back[1]}, in {deferreds}."
    tasks = [*exercises_of(done.stage), *projects_of(done.stage)]
    exercises = [e for e in tasks if e.page == done.page]
    if later := [e for e in exercises if e.place > done.place]:
        return f"{step}\nNext: {later[0].name}, in {shown(later[0].folder)}."
    # The site's menu knows which page comes after the stage's exercises.
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    page = re.search(rf"{done.stage.name}_exercises\.md\n +- (.+): (\S+)", menu)
    return (
        f"{step}\nNext: {page[1]}, in {shown(ROOT / 'docs' / page[2])}."
        if page
        else step
    )


def shown(path: Path) -> str:
    """Returns a path as it is seen from the current folder."""
    return os.path.relpath(path)
