"""Draws how a cost grows: the figures that a benchmark has kept, as inline SVG.

Both axes are logarithmic, so that a cost that doubles with what it depends on is a
straight line, whatever the numbers. What the colours and dashes are is in course.css.
"""

import re
from html import escape
from math import floor, log10
from pathlib import Path

from docs.machinery.pages.figures import Figures, find_figures, number
from docs.machinery.pages.include import IncludeError

# All lengths are in units, each of which is a pixel on a phone.
WIDTH, HEIGHT = 360, 290
LEFT, RIGHT, TOP, BOTTOM = 48, 342, 28, 248  # the edges of what is between the axes
MANY = 100  # with more than this from least to most, only powers of ten have a label
MARKS = [  # one for each name, so that none is known by its colour alone
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    "m-4 -4h8v8h-8z",
    "m0 -5l5 9h-10z",
    "m0 -5l5 5l-5 5l-5 -5z",
]


def plot(root: Path, text: str, name: str) -> str:
    """Returns the figure that a page's fence describes; `name` makes its ids unique."""
    fields = dict(re.findall(r"^(\w+): *(.+)$", text, re.MULTILINE))
    if list(fields) != ["title", "figures", "table"]:
        raise IncludeError("a plot is 'title: …', 'figures: FILE' and 'table: TITLE'")
    return draw_plot(
        find_figures(fields["figures"], fields["table"], root), fields["title"], name
    )


def draw_plot(figures: Figures, title: str, name: str) -> str:
    """Returns a figure: a title, a picture, the names, and where it all comes from."""
    picture = Plot(figures)
    names = list(figures.samples)
    told = [f"{figures.title}, by {figures.growing}."]
    for series in names:
        values = [f"{number(m)} at {step}" for step, m in figures.medians(series)]
        told.append(f"{series}: {', '.join(values)}.")
    keys = "".join(
        f'<li><svg viewBox="0 0 32 10" aria-hidden="true"><g class="series-{i}">'
        f'<path d="M0 5H32"/><path class="mark" d="M16 5{MARKS[i]}"/></g></svg>'
        f"{escape(series)}</li>"
        for i, series in enumerate(names)
    )
    return (
        '<figure class="diagram plot" data-search-exclude="">'
        f"<figcaption>{escape(title)}</figcaption><div>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(" ".join(told))}</desc>'
        f"{picture.axes()}{picture.lines()}</svg></div><ul>{keys}</ul>"
        f'<p class="source">{figures.source}</p></figure>'
    )


class Plot:
    """The picture between two logarithmic axes."""

    def __init__(self, figures: Figures) -> None:
        """Finds out from where to where the axes reach."""
        self.figures = figures
        rows = figures.samples.values()
        self.steps = sorted({float(step) for row in rows for step in row})
        values = [
            value for row in rows for samples in row.values() for value in samples
        ]
        ticks = nice(min(values), max(values))
        self.bottom, self.top = ticks[0], ticks[-1]
        many = self.top / self.bottom > MANY
        self.ticks = [t for t in ticks if not many or log10(t).is_integer()]

    def x(self, step: float) -> float:
        """Returns where a step is."""
        return place(step, self.steps[0], self.steps[-1], LEFT + 10, RIGHT - 10)

    def y(self, value: float) -> float:
        """Returns where a value is."""
        return place(value, self.bottom, self.top, BOTTOM, TOP)

    def axes(self) -> str:
        """Returns the axes: what they show, a line at each tick, and its number."""
        heights = {BOTTOM, *(round(self.y(tick), 1) for tick in self.ticks)}
        grid = "".join(f"M{LEFT} {height}H{RIGHT}" for height in sorted(heights))
        middle = (LEFT + RIGHT) / 2
        growing = escape(self.figures.growing)
        texts = [
            f'<text class="lines" x="0" y="14">{escape(self.figures.title)}</text>',
            f'<text x="{middle:.0f}" y="{BOTTOM + 36}">{growing}</text>',
        ]
        texts += [
            f'<text class="tick" x="{LEFT - 6}" y="{self.y(tick) + 4:.1f}">'
            f"{number(tick)}</text>"
            for tick in self.ticks
        ]
        texts += [
            f'<text x="{self.x(step):.1f}" y="{BOTTOM + 18}">{number(step)}</text>'
            for step in self.steps
        ]
        return f'<path class="grid" d="{grid}"/>{"".join(texts)}'

    def lines(self) -> str:
        """Returns a line for each name, with a mark at each median and its spread."""
        shapes = []
        for i, (name, row) in enumerate(self.figures.samples.items()):
            points = [
                f"{self.x(float(step)):.1f} {self.y(middle):.1f}"
                for step, middle in self.figures.medians(name)
            ]
            spreads = "".join(
                f"M{self.x(float(step)):.1f} {self.y(min(samples)):.1f}"
                f"V{self.y(max(samples)):.1f}"
                for step, samples in row.items()
            )
            marks = "".join(f"M{point}{MARKS[i]}" for point in points)
            shapes.append(
                f'<g class="series-{i}"><path d="M{"L".join(points)}"/>'
                f'<path class="spread" d="{spreads}"/>'
                f'<path class="mark" d="{marks}"/></g>'
            )
        return "".join(shapes)


def nice(least: float, most: float) -> list[float]:
    """Returns two or more round numbers, which enclose those from `least` to `most`."""
    powers = range(floor(log10(least)), floor(log10(most)) + 2)
    ticks = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    first = max(i for i, tick in enumerate(ticks) if tick <= least)
    last = min(i for i, tick in enumerate(ticks) if tick >= most and i > first)
    return ticks[first : last + 1]


def place(value: float, least: float, most: float, start: float, end: float) -> float:
    """Returns where a value is between `start` and `end`, on a logarithmic axis."""
    return start + (end - start) * log10(value / least) / log10(most / least)
