"""Plots and tables of what was measured: true, and told to those who see no picture."""

import json
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docs.machinery.pages.figures import Figures, figures_of, find_figures, number
from docs.machinery.pages.include import IncludeError
from docs.machinery.pages.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_plot, nice, plot

from tests import ROOT

FALLING = {
    "asyncio": {"1": [2.0], "2": [2.0], "4": [1.9, 2.0, 9.0]},
    "Twisted": {"1": [8.0], "2": [4.0], "4": [2.0]},
}
KEPT = {
    "command": "python tests/benchmarks/x.py",
    "date": "2026-11-05",
    "conditions": "a <machine>",
    "absent": ["ngircd"],
    "tables": {
        "CPU": {"growing": "lines", "samples": FALLING},
        "KiB": {"growing": "", "samples": {"a": {"": [2, 9, 4]}, "b": {"": [1000]}}},
    },
}
FENCE = "title: A title\nfigures: kept.json\ntable: "


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that holds some figures."""
    (tmp_path / "kept.json").write_text(json.dumps(KEPT), "utf-8")
    return tmp_path


def drawn(samples: dict[str, dict[str, list[float]]], title: str = "CPU") -> ET.Element:
    """Returns a drawn figure, which must be well-formed to be returned."""
    figures = Figures(title, "lines", samples, [], "<code>python x.py</code>, today")
    return ET.fromstring(draw_plot(figures, "A & <title>", "d1"))  # noqa: S314 (our own)


def points(figure: ET.Element, series: int) -> list[tuple[float, float]]:
    """Returns where a line of the picture goes through, from left to right."""
    [group] = figure.findall(f"div/svg/g[@class='series-{series}']")
    found = re.findall(r"([\d.]+) ([\d.]+)", group[0].get("d") or "")
    return [(float(x), float(y)) for x, y in found]


def test_a_figure_has_a_caption_and_a_text_alternative() -> None:
    """Its title is read out, and so is the median of each step."""
    figure = drawn(FALLING)
    picture = figure.find("div/svg")
    assert picture is not None
    assert figure.findtext("figcaption") == "A & <title>"
    assert [
        picture.get(a) for a in ("role", "aria-labelledby", "aria-describedby")
    ] == [
        "img",
        "d1-title",
        "d1-desc",
    ]
    assert picture.findtext("title[@id='d1-title']") == "A & <title>"
    assert picture.findtext("desc[@id='d1-desc']") == (
        "CPU, by lines. asyncio: 2 at 1, 2 at 2, 2 at 4."
        " Twisted: 8 at 1, 4 at 2, 2 at 4."
    )


def test_it_says_where_it_comes_from(root: Path) -> None:
    """The command, the day and the machine stand below the picture."""
    figure = ET.fromstring(plot(root, f"{FENCE}CPU", "d1"))  # noqa: S314 (our own)
    source = figure.find("p[@class='source']")
    assert source is not None
    assert "".join(source.itertext()) == (
        "python tests/benchmarks/x.py, 5 November 2026, a <machine>"
    )


def test_equal_factors_are_equally_far_apart() -> None:
    """Twice as many at half the cost is a straight line; the same cost is level."""
    figure = drawn(FALLING)
    (x1, y1), (x2, y2), (x3, y3) = points(figure, 1)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y2 - y1 == pytest.approx(y3 - y2, abs=0.2)
    assert y3 > y1  # downwards: less
    assert len({y for _, y in points(figure, 0)}) == 1
    assert points(figure, 0)[2] == (x3, y3)  # the same median is the same place


def test_a_spread_reaches_from_the_least_to_the_most() -> None:
    """It is drawn through the median, and one sample has none."""
    figure = drawn(FALLING)
    [spread] = figure.findall("div/svg/g[@class='series-0']/path[@class='spread']")
    ends = re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)", spread.get("d") or "")
    single, _, several = [(float(a), float(b)) for a, b in ends]
    assert single[0] == single[1]
    assert several[0] > points(figure, 0)[2][1] > several[1]


@pytest.mark.parametrize("power", [-3, 0, 3])
def test_everything_stays_in_the_picture(power: int) -> None:
    """Whatever the numbers, lines stay between the axes and no label is cut off."""
    factor = 10**power
    samples = {
        name: {step: [s * factor for s in row] for step, row in rows.items()}
        for name, rows in FALLING.items()
    }
    figure = drawn(samples, title="x" * 50)
    for series in (0, 1):
        for x, y in points(figure, series):
            assert LEFT <= x <= RIGHT
            assert TOP <= y <= BOTTOM
    for text in figure.iter("text"):
        x, y = float(text.get("x") or 0), float(text.get("y") or 0)
        wide = len(text.text or "") * 6.96  # as in diagrams/picture.py
        kind = text.get("class")
        left = x if kind == "lines" else x - wide / (1 if kind == "tick" else 2)
        assert left >= 0
        assert left + wide <= WIDTH
        assert 11 <= y <= HEIGHT


def test_names_differ_by_more_than_colour() -> None:
    """Each has a mark of its own, in the picture and in the legend."""
    figure = drawn(FALLING)
    marks = [
        set(re.split(r"M[\d.]+ [\d.]+", mark.get("d") or "")[1:])
        for mark in figure.iter("path")
        if mark.get("class") == "mark"
    ]
    assert [len(mark) for mark in marks] == [1, 1, 1, 1]
    assert marks[:2] == marks[2:]
    assert marks[0] != marks[1]
    names = ["".join(item.itertext()) for item in figure.iter("li")]
    assert names == list(FALLING)


def test_a_wide_range_has_fewer_labels() -> None:
    """Labels never overlap: from 1 to 50,000, only powers of ten have one."""
    wide = {"a": {"1": [1.0], "2": [30_000.0]}}
    for samples in (wide, FALLING):
        labels = [t for t in drawn(samples).iter("text") if t.get("class") == "tick"]
        heights = [float(label.get("y") or 0) for label in labels]
        assert all(upper - lower >= 14 for upper, lower in pairwise(heights))
    ticks = [t.text for t in drawn(wide).iter("text") if t.get("class") == "tick"]
    assert ticks == ["1", "10", "100", "1,000", "10,000"]


@pytest.mark.parametrize(
    ("least", "most", "ticks"),
    [
        (0.9, 8.1, [0.5, 1, 2, 5, 10]),
        (1, 2, [1, 2]),
        (10, 10, [10, 20]),
        (0.03, 0.3, [0.02, 0.05, 0.1, 0.2, 0.5]),
    ],
)
def test_ticks_enclose_what_is_measured(
    least: float, most: float, ticks: list[float]
) -> None:
    """They are round, and the same number throughout gets two as well."""
    assert nice(least, most) == pytest.approx(ticks)


def test_numbers_have_three_digits_that_count() -> None:
    """And a large one has all of its own."""
    shown = [number(value) for value in (0.03125, 1.0, 8.057, 15.94, 198.1, 30020)]
    assert shown == ["0.0312", "1", "8.06", "15.9", "198", "30,020"]


def test_a_table_has_medians_and_ratios(root: Path) -> None:
    """What was not installed has a row that says so."""
    assert figures_of("kept.json", "KiB", root).splitlines()[2:7] == [
        "|  | median | min..max | ratio |",
        "| --- | --: | --: | --: |",
        "| a | 4 | 2..9 | 1.00 |",
        "| b | 1,000 | 1,000..1,000 | 250.00 |",
        "| ngircd | not installed |",
    ]


def test_a_growing_table_has_a_column_for_each_step(root: Path) -> None:
    """Without a title, a page gets all tables of a file, and their source once."""
    page = figures_of("kept.json", "", root)
    assert (
        "| by lines | 1 | 2 | 4 |\n| --- | --: | --: | --: |\n| asyncio | 2 |" in page
    )
    assert page.count("**") == 4
    assert page.count("5 November 2026, a &lt;machine&gt;") == 1


def test_a_page_may_ask_for_what_is_there(root: Path) -> None:
    """Else the build stops, and says what there is."""
    with pytest.raises(IncludeError, match=r"no table 'x' in kept.json. .*: CPU; KiB"):
        find_figures("kept.json", "x", root)
    with pytest.raises(IncludeError, match=r"no figures in 'nope.json'"):
        figures_of("nope.json", "", root)
    with pytest.raises(IncludeError, match="a plot is 'title: …'"):
        plot(root, "title: x", "d1")


@pytest.mark.parametrize("name", ["echo", "counter", "chat", "growth"])
def test_the_kept_figures_are_small_and_complete(name: str) -> None:
    """Each name of each table has the same steps and as many samples as the others."""
    file = ROOT / "docs" / "performance" / f"{name}.json"
    assert file.stat().st_size < 10_000
    kept = json.loads(file.read_text("utf-8"))
    assert kept["command"] == f"python tests/benchmarks/{name}.py"
    for table in kept["tables"].values():
        rows = [
            {step: len(samples) for step, samples in row.items()}
            for row in table["samples"].values()
        ]
        assert rows
        assert all(row == rows[0] for row in rows)
