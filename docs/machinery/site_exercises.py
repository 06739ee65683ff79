"""Puts a stage's exercises on a page, from the files that learners have.

A line `{{ exercises 01_echo }}` becomes a section for each exercise: its task, the
file to edit, the hints and the solution, the last two folded.
"""

import re
import textwrap
from pathlib import Path

from exercise_folder import Exercise, exercises_of

DIRECTIVE = re.compile(r"^\{\{ *exercises +(\S+) *\}\}$", re.MULTILINE)


def expand_exercises(markdown: str, root: Path) -> str:
    """Returns `markdown` with the exercises, whose code is yet to be put in."""

    def sections(match: re.Match[str]) -> str:
        exercises = exercises_of(root / match[1])
        return "\n".join(section(exercise, root) for exercise in exercises)

    return DIRECTIVE.sub(sections, markdown)


def section(exercise: Exercise, root: Path) -> str:
    """Returns one exercise as a page has it."""
    folder = exercise.folder.relative_to(root).as_posix()
    _, _, body = exercise.readme.string.partition("\n\n")
    hints = [
        folded("tip", f"Hint {number}", hint)
        for number, hint in enumerate(exercise.hints, 1)
    ]
    solution = f"{{{{ code {folder}/{exercise.solution.name} }}}}"
    return "\n\n".join(
        [
            f"## {exercise.name}",
            body.strip(),
            f"{{{{ code {folder}/{exercise.file.name} }}}}",
            f"```sh\npython -m pytest {folder}\n```",
            *hints,
            folded("success", "One good answer", solution),
            "",
        ]
    )


def folded(kind: str, title: str, text: str) -> str:
    """Returns a part that a reader opens with a click."""
    return f'??? {kind} "{title}"\n\n{textwrap.indent(text, "    ")}'
