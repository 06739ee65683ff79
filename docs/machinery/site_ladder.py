"""The table that proves a ladder: each of its steps, and what it stands.

A page writes `{{ ladder echo }}`. The results are in docs/ladder/echo.json, where
`python -m tests.ladder.proof echo --save` has put them.
"""

import json
from datetime import date
from html import escape
from pathlib import Path, PurePath

from site_include import IncludeError


def ladder_table(name: str, root: Path) -> str:
    """Returns a ladder's table in Markdown, and what measured it."""
    file = root / "docs" / "ladder" / f"{name}.json"
    if not file.is_file():
        raise IncludeError(f"no ladder '{name}'")
    kept = json.loads(file.read_text("utf-8"))
    names = [PurePath(step).name for step in kept["steps"]]
    results = zip(*kept["steps"].values(), strict=True)
    rows = [
        [experiment, *(cell(*outcome) for outcome in outcomes)]
        for experiment, outcomes in zip(kept["experiments"], results, strict=True)
    ]
    head = ["", *(f"`{name}`" for name in names)]
    ruler = ["---", *[":-:"] * len(names)]
    lines = [f"| {' | '.join(row)} |" for row in [head, ruler, *rows]]
    day = date.fromisoformat(kept["date"])
    source = f"<code>{escape(kept['command'])}</code>, {day.day} {day:%B %Y}"
    return "\n".join(
        [
            "\n".join(lines),
            "",
            f'<p class="source">{source}, {escape(kept["conditions"])}</p>',
            "",
        ]
    )


def cell(passes: bool, figure: str) -> str:  # noqa: FBT001 - one outcome, as it is kept
    """Returns what a table says of one outcome."""
    mark = "✓" if passes else "✗"
    return f"{mark} {figure}".strip()
