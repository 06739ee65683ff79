"""Reads the figures that a benchmark has kept, and makes tables of them.

A page writes `{{ figures docs/performance/echo.json }}` for all of a file's tables, or
adds the title of one.
"""

import json
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from docs.machinery.pages.include import IncludeError


@dataclass(frozen=True)
class Figures:
    """One table of a file: what one thing costs, for each name."""

    title: str
    growing: str  # what grows from step to step, such as "members"; or nothing
    samples: dict[str, dict[str, list[float]]]  # for each name, those of each step
    absent: list[str]  # the names of what was not installed
    source: str  # the command that measured it, when, and on what

    def medians(self, name: str) -> list[tuple[str, float]]:
        """Returns each step of one name with its median."""
        steps = self.samples[name].items()
        return [(step, median(samples)) for step, samples in steps]


def load_figures(path: str, root: Path) -> list[Figures]:
    """Returns the tables of a file; raises IncludeError if it has none."""
    file = root / path
    if file.suffix != ".json" or not file.is_file():
        raise IncludeError(f"no figures in '{path}'")
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    day = date.fromisoformat(kept["date"])
    source = (
        f"<code>{escape(kept['command'])}</code>,"
        f" {day.day} {day:%B %Y}, {escape(kept['conditions'])}"
    )
    return [
        Figures(title, table["growing"], table["samples"], kept["absent"], source)
        for title, table in kept["tables"].items()
    ]


def find_figures(path: str, title: str, root: Path) -> Figures:
    """Returns one table of a file; raises IncludeError if there is no such table."""
    tables = {table.title: table for table in load_figures(path, root)}
    if title not in tables:
        there = "; ".join(tables)
        raise IncludeError(f"no table '{title}' in {path}. There are: {there}")
    return tables[title]


def figures_of(path: str, title: str, root: Path) -> str:
    """Returns a table, or all of a file's, in Markdown, and what measured them."""
    tables = [find_figures(path, title, root)] if title else load_figures(path, root)
    parts = [f"**{table.title}**\n\n{table_of(table)}" for table in tables]
    return "\n\n".join([*parts, f'<p class="source">{tables[0].source}</p>\n'])


def table_of(figures: Figures) -> str:
    """Returns a table in Markdown: of medians where something grows, else of spreads.

    The ratios are those to the first row.
    """
    names = list(figures.samples)
    if figures.growing:
        steps = list(figures.samples[names[0]])
        head = [f"by {figures.growing}", *(number(float(step)) for step in steps)]
        rows = [[n, *(number(m) for _, m in figures.medians(n))] for n in names]
    else:
        head = ["", "median", "min..max", "ratio"]
        rows, base = [], figures.medians(names[0])[0][1]
        for name in names:
            [samples] = figures.samples[name].values()
            spread = f"{number(min(samples))}..{number(max(samples))}"
            middle = median(samples)
            rows.append([name, number(middle), spread, f"{middle / base:.2f}"])
    rows += [[name, "not installed"] for name in figures.absent]
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ruler, *rows])


def number(value: float) -> str:
    """Returns a number with three digits that count, or with all of a large one's."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
