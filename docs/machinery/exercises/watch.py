"""Judges again whenever a file is saved: `pytest 01_echo --watch`."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from docs.machinery.exercises.apart import judge_all
from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.report import (
    Judged,
    explain,
    first_missing,
    next_step,
    progress,
)

PAUSE = 0.5  # seconds between two looks at the files
CLEAR = "\x1b[2J\x1b[3J\x1b[H"  # what a terminal takes for an empty screen
KEYS = "h hint · n next · l list · q quit"


class Watch:
    """Some answers, what became of them, and the one that the screen is about."""

    def __init__(self, answers: Sequence[tuple[Exercise, Path]]) -> None:
        """Takes the exercises, and the files with the answers."""
        self.answers = answers
        self.saved: dict[Exercise, int] = {}  # when, as the files say
        self.judged: dict[Exercise, Judged] = {}
        self.shown = answers[0][0]
        self.hints = 0

    def look(self) -> None:
        """Judges what was saved since the last look."""
        changed = []
        for exercise, answer in self.answers:
            with suppress(OSError):  # an editor may be about to replace it
                saved = answer.stat().st_mtime_ns
                if self.saved.get(exercise) != saved:
                    text = answer.read_text("utf-8", errors="replace")
                    changed.append((exercise, answer, text))
                    self.saved[exercise] = saved
        if not changed:
            return
        verdicts = judge_all([(exercise, text) for exercise, _, text in changed])
        first = not self.judged
        for (exercise, answer, text), verdict in zip(changed, verdicts, strict=True):
            self.judged[exercise] = Judged(exercise, answer, text, verdict)
        if not first:
            self.show(changed[-1][0])
        elif missing := first_missing(self.judged.values()):
            self.show(missing.exercise)
        else:
            self.press("l")

    def show(self, exercise: Exercise) -> None:
        """Shows what is missing in one exercise."""
        if exercise != self.shown:
            self.hints = 0
        self.shown = exercise
        judged = self.judged[exercise]
        told = explain(exercise, judged.answer, judged.text, judged.verdict)
        self.write(exercise.name, *told)

    def press(self, key: str) -> bool:
        """Does what a key asks for; returns whether to go on."""
        done = list(self.judged.values())
        if key == "h":
            self.hints += 1
            self.write(next_step([self.judged[self.shown]], self.hints))
        elif key == "n":
            places = [exercise for exercise, _ in self.answers]
            after = places.index(self.shown) + 1
            later = [self.judged[e] for e in [*places[after:], *places[:after]]]
            missing = first_missing(later)
            self.show(missing.exercise if missing else self.shown)
        elif key == "l":
            self.write("\n".join(progress(done)), next_step(done, None))
        return key != "q"

    def write(self, *paragraphs: str) -> None:
        """Shows paragraphs on an empty screen, and what the keys do."""
        text = "\n\n".join([*paragraphs, KEYS])
        print(f"{CLEAR if sys.stdout.isatty() else ''}{text}", flush=True)


def watch(answers: Sequence[tuple[Exercise, Path]]) -> None:
    """Judges, and judges again what is saved, until somebody presses q or Ctrl-C."""
    watching = Watch(answers)
    with suppress(KeyboardInterrupt), keys_at_once():
        watching.look()
        while watching.press(key_within(PAUSE)):
            watching.look()


if sys.platform == "win32":
    import msvcrt
    from contextlib import nullcontext as keys_at_once

    def key_within(seconds: float) -> str:
        """Returns the key that is pressed, or nothing when the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if msvcrt.kbhit():
                return msvcrt.getwch().lower()
            time.sleep(0.05)
        return ""

else:
    import os
    import select
    import termios
    import tty

    @contextmanager
    def keys_at_once() -> Iterator[None]:
        """Lets a key be read without Enter, if there is a keyboard."""
        if not os.isatty(0):
            yield
            return
        before = termios.tcgetattr(0)
        try:
            tty.setcbreak(0)
            yield
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, before)

    def key_within(seconds: float) -> str:
        """Returns the key that is pressed, or nothing when the time is over."""
        ready, _, _ = select.select([0], [], [], seconds)
        key = os.read(0, 1).decode(errors="replace").lower() if ready else ""
        if ready and not key:  # the end of a file that stands for the keyboard
            time.sleep(seconds)
        return key
