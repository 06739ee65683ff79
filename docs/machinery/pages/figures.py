"""Makes tables of the figures that a benchmark has saved.

A page writes `{{ figures docs/performance/echo.json }}` for all of a file's tables, or
adds the title of one.
"""

import json
from datetime import date
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from docs.machinery.pages.directives import DirectiveError, Page


def load(file: Path) -> dict[str, Any]:
    """Returns what was measured; raises DirectiveError if the file does not exist."""
    if file.suffix != ".json" or not file.is_file():
        raise DirectiveError(f"no figures in '{file.name}'")
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return kept


def source_of(kept: dict[str, Any]) -> str:
    """Returns a line that says which command measured it, when, and on what."""
    day = date.fromisoformat(kept["date"])
    return (
        f'<p class="source"><code>{escape(kept["command"])}</code>,'
        f" {day.day} {day:%B %Y}, {escape(kept['conditions'])}</p>"
    )


def figures(page: Page, path: str, *title: str) -> str:
    """Returns a file's tables, or the one with a title, and what measured them."""
    kept = load(page.root / path)
    wanted = [" ".join(title)] if title else list(kept["tables"])
    if not kept["tables"].keys() >= set(wanted):
        there = "; ".join(kept["tables"])
        raise DirectiveError(f"no table '{wanted[0]}' in {path}. There are: {there}")
    tables = [
        f"**{name}**\n\n{table(**kept['tables'][name], absent=kept['absent'])}"
        for name in wanted
    ]
    return "\n\n".join([*tables, f"{source_of(kept)}\n"])


def table(
    growing: str, samples: dict[str, dict[str, list[float]]], absent: list[str]
) -> str:
    """Returns a table in Markdown, with a row for each name.

    If something grows from step to step, each step has a column with its median. If
    not, there are the median, the spread, and the ratio to the first row.
    """
    names = list(samples)
    medians = {n: [median(measured) for measured in samples[n].values()] for n in names}
    if growing:
        steps = samples[names[0]]
        head = [f"by {growing}", *(number(float(step)) for step in steps)]
        rows = [[name, *map(number, medians[name])] for name in names]
    else:
        head = ["", "median", "min..max", "ratio"]
        rows, [base] = [], medians[names[0]]
        for name in names:
            [measured], [middle] = samples[name].values(), medians[name]
            spread = f"{number(min(measured))}..{number(max(measured))}"
            rows.append([name, number(middle), spread, f"{middle / base:.2f}"])
    rows += [[name, "not installed"] for name in absent]
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ruler, *rows])


def number(value: float) -> str:
    """Returns a number with three significant digits, or with all of a large one's."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
