"""The proof that exercises and projects teach: right answers pass, wrong ones fail.

Nothing here depends on what a learner has written, but for two tests about the
starters, which are skipped where somebody has worked on one.
"""

import functools
import re
from pathlib import Path

import pytest

from docs.machinery.exercises.apart import (
    MEDDLES,
    Verdict,
    is_edited,
    judge_apart,
)
from docs.machinery.exercises.folder import (
    Exercise,
    ExerciseError,
    Mistake,
    RightAnswer,
    exercises_of,
    projects_of,
)
from tests import STAGES

pytestmark = pytest.mark.slow

EXERCISES = [
    exercise
    for stage in STAGES
    for exercise in [*exercises_of(stage), *projects_of(stage)]
]

each_exercise = pytest.mark.parametrize(
    "exercise", EXERCISES, ids=[exercise.folder.name for exercise in EXERCISES]
)


@functools.cache
def verdicts(exercise: Exercise) -> dict[object, Verdict]:
    """Returns what becomes of the solution, of each edit of it, and of the starter."""
    solution = exercise.solution.read_text("utf-8")
    edits: list[RightAnswer | Mistake]
    edits = [*exercise.right_answers, *exercise.mistakes]
    answers = [solution, *(edit.edit(solution) for edit in edits)]
    judged = judge_apart(exercise, *answers, exercise.file.read_text("utf-8"))
    return dict(zip(["solution", *edits, "starter"], judged, strict=True))


@functools.cache
def starter(exercise: Exercise) -> Verdict:
    """Returns what becomes of the starter; skips the test if it has been edited."""
    if is_edited(exercise):
        pytest.skip(f"somebody works on {exercise.file.name} here")
    return verdicts(exercise)["starter"]


def failed_by(verdict: Verdict) -> frozenset[str]:
    """Returns the names of the tests that an answer fails."""
    return frozenset(test.test for test in verdict.failed)


def advice(verdict: Verdict) -> str:
    """Returns what an author should do first about an answer that should pass."""
    if verdict.trouble.endswith(MEDDLES):
        return (
            "The shortest `caught_by` of mistakes.toml does not name just the tests "
            "that fail. First make test_each_mistake_is_caught_by_its_tests pass"
        )
    return verdict.trouble


@each_exercise
def test_its_solution_passes(exercise: Exercise) -> None:
    """The solution passes every test, and prints nothing."""
    right = verdicts(exercise)["solution"]
    assert not right.trouble, advice(right)
    assert right == Verdict(passed=right.passed)


@each_exercise
def test_its_unusual_right_answers_pass(exercise: Exercise) -> None:
    """An answer that solves it in another way than the solution is accepted."""
    for right in exercise.right_answers:
        verdict = verdicts(exercise)[right]
        assert not verdict.trouble, f"{right.shows}\n{advice(verdict)}"
        assert not verdict.failed, right.shows


@each_exercise
def test_its_starter_fails(exercise: Exercise) -> None:
    """The starter can be run, and is told in a test's words what is missing."""
    verdict = starter(exercise)
    assert not verdict.trouble
    assert verdict.failed
    assert not any(test.accident for test in verdict.failed)


@each_exercise
def test_its_starter_is_not_taken_for_a_mistake(exercise: Exercise) -> None:
    """A learner who has not begun is not asked a question about an answer."""
    like = [exercise.mistakes[number].believes for number in starter(exercise).like]
    assert not like, (
        f"{exercise.file.name} does the same as these mistakes: {like}. Take them out "
        "of mistakes.toml, or write a test that the starter passes and they fail, or "
        "the other way round"
    )


@each_exercise
def test_each_mistake_is_caught_by_its_tests(exercise: Exercise) -> None:
    """A mistake fails the tests that it names, no others, and by an assertion."""
    for mistake in exercise.mistakes:
        verdict = verdicts(exercise)[mistake]
        caught = not (verdict.good or verdict.trouble.endswith(MEDDLES))
        assert caught, (
            f"{mistake.believes}\nIt passes all tests: write one that it fails, or "
            "delete the mistake"
        )
        assert not verdict.trouble, f"{mistake.believes}\n{verdict.trouble}"
        assert failed_by(verdict) == mistake.caught_by, (
            f"{mistake.believes}\nIt fails {sorted(failed_by(verdict))}. If that is "
            "right, write so in `caught_by`; if not, change the tests"
        )
        assert not any(test.accident for test in verdict.failed), mistake.believes


@each_exercise
def test_its_mistakes_can_be_told_apart(exercise: Exercise) -> None:
    """There are four at least, and of no two the same is told."""
    like = [verdicts(exercise)[mistake].like for mistake in exercise.mistakes]
    for number, mistake in enumerate(exercise.mistakes):
        others = [exercise.mistakes[n].believes for n in like[number] if n != number]
        assert not others, (
            f"{mistake.believes}\nThe tests say the same of it as of {others}: write a "
            "test that tells them apart, or keep one of them"
        )
        assert like[number], (
            f"{mistake.believes}\nIt was not taken for itself. First make "
            "test_each_mistake_is_caught_by_its_tests pass. If it does, the tests say "
            "something else in each run, such as a time"
        )
    assert len(like) >= 4, f"{len(like)} in mistakes.toml: at least 4 are needed"


@each_exercise
def test_each_of_its_tests_can_fail(exercise: Exercise) -> None:
    """Every test is named by a mistake that it catches, and no other test is."""
    text = exercise.tests.read_text("utf-8")
    tests = set(re.findall(r"^    (?:async )?def (test_\w+)", text, re.MULTILINE))
    named = frozenset[str]().union(*(m.caught_by for m in exercise.mistakes))
    assert named <= tests, (
        f"{exercise.tests.name} has no {sorted(named - tests)}, which `caught_by` "
        "names in mistakes.toml: correct the names"
    )
    assert tests <= named, (
        f"no `caught_by` in mistakes.toml names {sorted(tests - named)}: name each in "
        "a mistake that fails it; if there is none, add one, or delete the test"
    )


@each_exercise
def test_it_has_three_hints(exercise: Exercise) -> None:
    """From a nudge to almost there."""
    assert len(exercise.hints) == 3, f"{len(exercise.hints)} in hints.md: write three"
    assert all(exercise.hints)


@pytest.mark.parametrize(
    "stage", [s for s in STAGES if exercises_of(s)], ids=lambda s: s.name
)
def test_a_stage_has_exercises_that_rise(stage: Path) -> None:
    """There are six at least, in the order of their minutes, from 5 to 30."""
    exercises = [e for e in exercises_of(stage) if e.page == stage.name]
    minutes = [int(exercise.readme["minutes"]) for exercise in exercises]
    assert len(minutes) >= 6, f"{stage.name} has {len(minutes)} exercises: add one"
    assert minutes == sorted(minutes), "number them in the order of their minutes"
    assert (minutes[0], minutes[-1]) == (5, 30), (
        "the first takes 5, the last 30 minutes"
    )


def test_exercises_on_deferreds_come_after_their_stages() -> None:
    """In each stage they have the last numbers, in the order of their steps."""
    for stage in STAGES:
        exercises = exercises_of(stage)
        own = [e for e in exercises if e.page == stage.name]
        others = exercises[len(own) :]
        assert exercises[: len(own)] == own, (
            f"{stage.name}: exercises after a step of Deferreds have the last numbers. "
            "Give a new one of the stage a number before theirs, and move theirs up"
        )
        steps = [re.findall(r"step (\d+)", e.readme["task"])[0] for e in others]
        assert steps == sorted(steps, key=int), (
            f"{stage.name}: number the exercises on Deferreds in the order of the "
            f"steps that they come after, which are now {steps}"
        )


def test_an_edit_that_does_not_fit_is_an_error() -> None:
    """What a mistake replaces must be in the solution, and only once."""
    mistake = Mistake("B", old="a", new="b", caught_by=frozenset(), ask="")
    right = RightAnswer("S", old="a", new="b")
    for solution in ["b", "aa"]:
        with pytest.raises(ExerciseError, match=r"toml, believes = 'B': .*not exactly"):
            mistake.edit(solution)
        with pytest.raises(ExerciseError, match=r"toml, shows = 'S': .*not exactly"):
            right.edit(solution)
    assert mistake.edit("xay") == "xby"
