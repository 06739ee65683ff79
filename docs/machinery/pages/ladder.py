"""Makes the table that proves a ladder: which experiments each of its steps passes.

A page writes `{{ ladder echo }}`, or in a sentence `{{ figure echo 3 echo2 }}` for the
figure of the third experiment with that step. The results are in docs/ladder/echo.json,
where `python -m tests.ladder.proof echo --save` has put them.
"""

import re
from html import escape
from pathlib import Path, PurePath
from typing import Any

from docs.machinery.pages.directives import DirectiveError, Page
from docs.machinery.pages.figures import load, source_of


def ladder(page: Page, name: str) -> str:
    """Returns a ladder's table, and what measured it.

    Branches have a table of their own, of the experiments that they alone pass.
    """
    kept = load(file_of(page, name))
    branches = {step: kept["steps"].pop(step) for step in kept["branches"]}
    numbers = range(len(kept["experiments"]))
    common = [n for n in numbers if any(row[n][0] for row in kept["steps"].values())]
    tables = [table(kept["experiments"], kept["steps"], common)]
    if branches:
        alone = [n for n in numbers if n not in common]
        tables.append(table(kept["experiments"], branches, alone))
    return "\n\n".join([*tables, source_of(kept), ""])


def table(experiments: list[str], steps: dict[str, Any], numbers: list[int]) -> str:
    """Returns a table of some experiments, by their numbers, against some steps."""
    names = "".join(
        f'<th scope="col"><code>{PurePath(step).name}</code></th>' for step in steps
    )
    rows = [
        f'<tr><th scope="row">{with_code(experiments[n])}</th>'
        + "".join(f"<td>{cell(*outcomes[n])}</td>" for outcomes in steps.values())
        + "</tr>"
        for n in numbers
    ]
    # It can be wider than a phone. Without a mouse, only something focused scrolls.
    return (
        '<div class="ladder" role="region" aria-label="The ladder" tabindex="0">'
        f'<table class="steps"><thead><tr><td></td>{names}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def with_code(text: str) -> str:
    """Returns a text as HTML, with code where it has backticks, as in Markdown."""
    return re.sub("`(.+?)`", r"<code>\1</code>", escape(text, quote=False))


def figure(page: Page, name: str, experiment: str, step: str) -> str:
    """Returns the figure of one outcome; experiments are counted from 1."""
    for path, outcomes in load(file_of(page, name))["steps"].items():
        if PurePath(path).stem == step:
            _, recorded = outcomes[int(experiment) - 1]
            return str(recorded)
    raise DirectiveError(f"no step '{step}' in the ladder '{name}'")


def file_of(page: Page, name: str) -> Path:
    """Returns the file that holds a ladder's results."""
    return page.root / "docs" / "ladder" / f"{name}.json"


def cell(passes: bool, figure: str) -> str:  # noqa: FBT001 - one outcome, as it is kept
    """Returns what a table says of one outcome."""
    mark = "✓" if passes else "✗"
    return f"{mark} {figure}".strip()
