"""A table of figures says what the benchmark's file says."""

import json
from pathlib import Path

import pytest

from docs.machinery.pages import DIRECTIVES
from docs.machinery.pages.directives import DirectiveError, expand
from docs.machinery.pages.figures import number
from tests import ROOT

KEPT = {
    "command": "python tests/benchmarks/x.py",
    "date": "2026-11-05",
    "conditions": "a <machine>",
    "absent": ["ngircd"],
    "tables": {
        "CPU": {
            "growing": "lines",
            "samples": {"asyncio": {"1": [2.0], "2": [2.0], "4": [1.9, 2.0, 9.0]}},
        },
        "KiB": {"growing": "", "samples": {"a": {"": [2, 9, 4]}, "b": {"": [1000]}}},
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that holds some figures."""
    (tmp_path / "kept.json").write_text(json.dumps(KEPT), "utf-8")
    return tmp_path


def test_numbers_have_three_significant_digits() -> None:
    """A large one has all of its digits."""
    shown = [number(value) for value in (0.03125, 1.0, 8.057, 15.94, 198.1, 30020)]
    assert shown == ["0.0312", "1", "8.06", "15.9", "198", "30,020"]


def test_a_table_has_medians_and_ratios(root: Path) -> None:
    """What was not installed has a row that says so."""
    assert expand("{{ figures kept.json KiB }}", root, DIRECTIVES).splitlines()[
        2:7
    ] == [
        "|  | median | min..max | ratio |",
        "| --- | --: | --: | --: |",
        "| a | 4 | 2..9 | 1.00 |",
        "| b | 1,000 | 1,000..1,000 | 250.00 |",
        "| ngircd | not installed |",
    ]


def test_a_growing_table_has_a_column_for_each_step(root: Path) -> None:
    """Without a title, a page gets all tables of a file, and their source once."""
    page = expand("{{ figures kept.json }}", root, DIRECTIVES)
    assert (
        "| by lines | 1 | 2 | 4 |\n| --- | --: | --: | --: |\n| asyncio | 2 | 2 | 2 |"
        in page
    )
    assert page.count("**") == 4
    assert page.count("5 November 2026, a &lt;machine&gt;") == 1


def test_a_page_may_ask_for_what_is_there(root: Path) -> None:
    """If the table is not there, the build stops and says what there is."""
    with pytest.raises(DirectiveError, match=r"no table 'x y' in kept.json.*CPU; KiB"):
        expand("{{ figures kept.json x y }}", root, DIRECTIVES)
    with pytest.raises(DirectiveError, match=r"no figures in 'nope.json'"):
        expand("{{ figures nope.json }}", root, DIRECTIVES)


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
