"""Draws a scene that a stage's server, or an answer to an exercise, plays in memory."""

from unittest.mock import patch

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from docs.machinery import ROOT
from docs.machinery.diagrams.draw import draw_in_memory
from docs.machinery.diagrams.scene import load, parse
from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.judge import factory_of


def draw_played(text: str, name: str, *, solved: bool = True) -> str:
    """Returns the figure of a scene; `name` makes its ids unique on the page.

    Its server may be `FILE NAME`, or `FOLDER NAME` for an exercise. Then the solution
    serves, or the file that a learner edits if it is not to be `solved`.
    """
    scene = parse(text)
    clock = Clock()
    folder = ROOT / scene.server.split()[0]
    if (folder / "mistakes.toml").is_file():
        exercise = Exercise(folder)
        answer = exercise.solution if solved else exercise.file
        factory = factory_of(exercise, answer, clock)
    else:
        factory = load(scene.server, ROOT, clock)
    # A picture shows what a client sees, so what a server logs goes nowhere.
    with patch.object(globalLogPublisher, "_observers", []):
        return draw_in_memory(scene, factory, clock, name)
