"""Repeats on a page what is kept elsewhere: exercises, or a section of another page.

- `{{ exercises 01_echo }}`: a stage's exercises, from the files that learners have.
- `{{ projects 01_echo }}`: a stage's projects, in the same way.
- `{{ mistakes 01_echo }}`: what goes wrong in them, for those who teach.
- `{{ section 01_echo.md Recap }}`: the text under a heading of another page.
"""

import re
import textwrap
from pathlib import Path

from docs.machinery.exercises.folder import Exercise, exercises_of, projects_of
from docs.machinery.pages.directives import DirectiveError, Page

IN_ORDER = "Warm up: put the lines of an answer in order"


def exercises(page: Page, stage: str) -> str:
    """Returns a stage's exercises as learners read them."""
    those = those_of(page.root, stage)
    return page.expand("\n".join(section_of(e, page.root) for e in those))


def projects(page: Page, stage: str) -> str:
    """Returns a stage's projects as learners read them."""
    those = projects_of(page.root / stage)
    return page.expand("\n".join(section_of(p, page.root) for p in those))


def mistakes(page: Page, stage: str) -> str:
    """Returns what goes wrong in a stage's exercises, for those who teach."""
    those = [*those_of(page.root, stage), *projects_of(page.root / stage)]
    return "\n".join(map(mistakes_of, those))


def section(page: Page, name: str, *heading: str) -> str:
    """Returns the text under a second-level heading of another page."""
    file, title = page.root / "docs" / name, " ".join(heading)
    text = file.read_text("utf-8") if file.is_file() else ""
    pattern = rf"^## {re.escape(title)}\n+(.*?)(?=^## |\Z)"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise DirectiveError(f"no heading '{title}' in {name}")
    return page.expand(found[1].rstrip())


def those_of(root: Path, stage: str) -> list[Exercise]:
    """Returns the exercises of a stage; raises DirectiveError if there are none."""
    if not (exercises := exercises_of(root / stage)):
        raise DirectiveError(f"no exercises in '{stage}'")
    return exercises


def section_of(exercise: Exercise, root: Path) -> str:
    """Returns one exercise as a learner reads it, the last parts folded."""
    folder = exercise.folder.relative_to(root).as_posix()
    _, _, body = exercise.readme.string.partition("\n\n")
    hints = [
        folded("tip", f"Hint {number}", hint)
        for number, hint in enumerate(exercise.hints, 1)
    ]
    solution = f"{{{{ code {folder}/{exercise.solution.name} }}}}"
    starter = [
        f"{{{{ {directive} {folder}/{exercise.file.name} }}}}"
        for directive in ("code", "try")
        if not exercise.is_project
    ]
    order = folded("example", IN_ORDER, f"{{{{ order {folder} }}}}")
    return "\n\n".join(
        [
            f"## {exercise.name}",
            body.strip(),
            *[order] * any(mistake.in_order for mistake in exercise.mistakes),
            *starter,
            f"```sh\npython -m pytest {folder}\n```",
            *hints,
            folded("success", "One good answer", solution),
            "",
        ]
    )


def folded(kind: str, title: str, text: str) -> str:
    """Returns a part that a reader opens with a click."""
    return f'??? {kind} "{title}"\n\n{textwrap.indent(text, "    ")}'


def mistakes_of(exercise: Exercise) -> str:
    """Returns one exercise as its instructor needs it."""
    rows = [f"| {m.believes} | {m.ask} |" for m in exercise.mistakes]
    return "\n".join(
        [
            f"#### {exercise.name}",
            "",
            (
                f"{exercise.readme['minutes']} minutes."
                f" They learn {exercise.readme['teaches']}."
            ),
            "",
            "| they believe | ask them |",
            "|---|---|",
            *rows,
            "",
        ]
    )
