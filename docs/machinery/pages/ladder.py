"""The table that proves a ladder: each of its steps, and what it stands.

A page writes `{{ ladder echo }}`, or in a sentence `{{ figure echo 3 echo2 }}` for what
the third experiment gave with that step. `python -m tests.ladder.proof echo --save`
has put the results into docs/ladder/echo.json.
"""

import json
import re
from datetime import date
from html import escape
from pathlib import Path, PurePath
from typing import Any

from docs.machinery.pages.include import IncludeError


def ladder_table(name: str, root: Path) -> str:
    """Returns a ladder's table, and what measured it.

    Branches have a table of their own, of the experiments that they alone pass.
    """
    kept = load(name, root)
    branches = {step: kept["steps"].pop(step) for step in kept["branches"]}
    numbers = range(len(kept["experiments"]))
    common = [n for n in numbers if any(row[n][0] for row in kept["steps"].values())]
    tables = [table(kept["experiments"], kept["steps"], common)]
    if branches:
        alone = [n for n in numbers if n not in common]
        tables.append(table(kept["experiments"], branches, alone))
    day = date.fromisoformat(kept["date"])
    source = f"<code>{escape(kept['command'])}</code>, {day.day} {day:%B %Y}"
    source = f'<p class="source">{source}, {escape(kept["conditions"])}</p>'
    return "\n\n".join([*tables, source, ""])


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
    # It can be wider than a phone, and who has no mouse scrolls what has the focus.
    return (
        '<div class="ladder" role="region" aria-label="The ladder" tabindex="0">'
        f'<table class="steps"><thead><tr><td></td>{names}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def with_code(text: str) -> str:
    """Returns a text as HTML; what stands between backticks is code, as in Markdown."""
    return re.sub("`(.+?)`", r"<code>\1</code>", escape(text, quote=False))


def figure(name: str, experiment: str, step: str, root: Path) -> str:
    """Returns the figure of one outcome; experiments are counted from 1."""
    kept = load(name, root)
    for path, outcomes in kept["steps"].items():
        if PurePath(path).stem == step:
            _, recorded = outcomes[int(experiment) - 1]
            return str(recorded)
    raise IncludeError(f"no step '{step}' in the ladder '{name}'")


def load(name: str, root: Path) -> dict[str, Any]:
    """Returns what is kept of a ladder; raises IncludeError if there is none."""
    file = root / "docs" / "ladder" / f"{name}.json"
    if not file.is_file():
        raise IncludeError(f"no ladder '{name}'")
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return kept


def cell(passes: bool, figure: str) -> str:  # noqa: FBT001 - one outcome, as it is kept
    """Returns what a table says of one outcome."""
    mark = "✓" if passes else "✗"
    return f"{mark} {figure}".strip()
