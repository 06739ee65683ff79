"""Puts on a page what stands elsewhere in Markdown or TOML.

- `{{ exercises 01_echo }}`: a stage's exercises, from the files that learners have.
- `{{ mistakes 01_echo }}`: what goes wrong in them, for those who teach.
- `{{ section 01_echo.md Recap }}`: what stands under a heading of another page.
- `{{ figures docs/performance/echo.json }}`: what a benchmark has measured.
- `{{ ladder echo }}`: what each step of a ladder stands.
- `{{ minutes 01_echo.md }}`: how long a page takes, or several, an estimate.
- `{{ figure echo 3 echo2 }}`: what the third experiment of a ladder gave with a step.
"""

import re
import textwrap
from pathlib import Path

from docs.machinery.exercises.folder import Exercise, exercises_of
from docs.machinery.pages.figures import figures_of
from docs.machinery.pages.include import IncludeError
from docs.machinery.pages.ladder import figure, ladder_table
from docs.machinery.pages.minutes import minutes_of

DIRECTIVE = re.compile(
    r"^\{\{ *(?!(?:code|step|try)\b)(\w+) *(.*?) *\}\}$", re.MULTILINE
)
INLINE = re.compile(r"\{\{ *(minutes|figure) +([\w./ ]+?) *\}\}")


def expand_parts(markdown: str, root: Path) -> str:
    """Returns `markdown` with these parts, whose code is yet to be put in."""

    def part(match: re.Match[str]) -> str:
        match match[1], match[2]:
            case "exercises", stage:
                return "\n".join(section_of(e, root) for e in the(root, stage))
            case "mistakes", stage:
                return "\n".join(map(mistakes_of, the(root, stage)))
            case "section", rest:
                page, _, heading = rest.partition(" ")
                return section(root / "docs" / page, heading)
            case "figures", rest:
                path, _, title = rest.partition(" ")
                return figures_of(path, title, root)
            case "ladder", name:
                return ladder_table(name, root)
        raise IncludeError(f"no directive '{match[0]}'")

    def word(match: re.Match[str]) -> str:
        match match[1], match[2].split():
            case "minutes", pages:
                return str(sum(minutes_of(root / "docs" / p, root) for p in pages))
            case "figure", [name, experiment, step]:
                return figure(name, experiment, step, root)
        raise IncludeError(f"no directive '{match[0]}'")

    return DIRECTIVE.sub(part, INLINE.sub(word, markdown))


def the(root: Path, stage: str) -> list[Exercise]:
    """Returns the exercises of a stage; raises IncludeError if there are none."""
    if not (exercises := exercises_of(root / stage)):
        raise IncludeError(f"no exercises in '{stage}'")
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
    return "\n\n".join(
        [
            f"## {exercise.name}",
            body.strip(),
            f"{{{{ code {folder}/{exercise.file.name} }}}}",
            f"{{{{ try {folder}/{exercise.file.name} }}}}",
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
            f"### {exercise.name}",
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


def section(page: Path, heading: str) -> str:
    """Returns what stands under a heading of the second level."""
    text = page.read_text("utf-8") if page.is_file() else ""
    pattern = rf"^## {re.escape(heading)}\n+(.*?)(?=^## |\Z)"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise IncludeError(f"no heading '{heading}' in {page.name}")
    return found[1].rstrip()
