"""A page repeats exercises, mistakes, ladders, and sections of other pages."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from docs.machinery.exercises.folder import ExerciseError
from docs.machinery.pages import DIRECTIVES
from docs.machinery.pages.directives import DirectiveError, expand
from tests import ROOT

SHOUT = "01_echo/exercises/1_shout"
KNOWN = DIRECTIVES | {"try": lambda _, file: f"Try {file}"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one exercise and one page."""
    shutil.copytree(ROOT / SHOUT, tmp_path / SHOUT)
    (tmp_path / "docs").mkdir()
    page = "# Title\n\n## One\n\nfirst\n\n### Detail\n\nof it\n\n## Two\n\nsecond\n"
    (tmp_path / "docs" / "page.md").write_text(page, "utf-8")
    return tmp_path


def test_an_exercise_is_shown_as_its_files_have_it(root: Path) -> None:
    """The task, the file to edit, the command; hints and solution are folded."""
    shown = expand("Before\n\n{{ exercises 01_echo }}\n", root, KNOWN)
    parts = [
        "Before",
        "## 1. Shout",
        "**About 5 minutes.**",
        "```diagram",
        f'````python title="{SHOUT}/shout.py"',
        f"Try {SHOUT}/shout.py",
        f"python -m pytest {SHOUT}",
        '??? tip "Hint 1"\n\n    `data` is of type',
        '??? tip "Hint 3"',
        '??? success "One good answer"\n\n    ````python',
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_a_project_is_shown_without_its_empty_file(root: Path) -> None:
    """The task, the command, hints and a solution; a browser has no sockets."""
    (root / "02_http_counter" / "projects").mkdir(parents=True)
    shutil.copytree(root / SHOUT, root / "02_http_counter" / "projects" / "5_shout")
    shown = expand("{{ projects 02_http_counter }}", root, KNOWN)
    assert shown.startswith("## Project 5. Shout\n\n**About 5 minutes.**")
    assert "python -m pytest 02_http_counter/projects/5_shout" in shown
    assert '??? success "One good answer"\n\n    ````python' in shown
    assert "/shout.py" not in shown


def test_an_instructor_sees_each_belief_and_its_question(root: Path) -> None:
    """One row for each mistake, below the exercise's name and minutes."""
    shown = expand("{{ mistakes 01_echo }}", root, KNOWN)
    head, *rows = shown.split("|---|---|\n")
    assert head.startswith("#### 1. Shout\n\n5 minutes. They learn that bytes have")
    assert rows[0].splitlines()[0] == (
        "| Everything that is sent over a network is text. | Of which type is the"
        " argument of `dataReceived`, and which type does `write` take? |"
    )
    toml = root / "01_echo/exercises/1_shout/mistakes.toml"
    written = toml.read_text("utf-8").count("[[mistake]]")
    assert rows[0].count("\n| ") + 1 == written


def test_a_section_of_another_page_is_repeated(root: Path) -> None:
    """All that stands under a heading, up to the next of its level."""
    assert expand("{{ section page.md One }}", root, KNOWN) == (
        "first\n\n### Detail\n\nof it"
    )
    assert expand("{{ section page.md Two }}", root, KNOWN) == "second"


LADDER: dict[str, Any] = {
    "command": "python -m tests.ladder.proof tea",
    "date": "2026-11-28",
    "conditions": "a kettle",
    "experiments": ["It boils", "It does not boil over"],
    "branches": [],
    "steps": {
        "09_stage/steps/tea1.py": [[True, ""], [False, "3 floods"]],
        "09_stage/tea_server.py": [[True, ""], [True, "0 floods"]],
    },
}


def ladder(root: Path, **other: object) -> str:
    """Returns what a page shows of the ladder, or of one that is other in something."""
    (root / "docs" / "ladder").mkdir()
    kept = json.dumps(LADDER | other)
    (root / "docs" / "ladder" / "tea.json").write_text(kept, "utf-8")
    return expand("{{ ladder tea }}", root, KNOWN)


def test_a_ladder_is_a_table(root: Path) -> None:
    """A column for each step, a row for each experiment, and what has measured them."""
    shown = ladder(root)
    assert cells(shown) == [
        ["", "tea1.py", "tea_server.py"],
        ["It boils", "✓", "✓"],
        ["It does not boil over", "✗ 3 floods", "✓ 0 floods"],
    ]
    assert "proof tea</code>, 28 November 2026, a kettle" in shown
    sentence = expand("There were {{ figure tea 2 tea1 }}.", root, KNOWN)
    assert sentence == "There were 3 floods."


def test_branches_have_a_table_of_their_own(root: Path) -> None:
    """Theirs has the experiments that no step of the ladder passes."""
    branch = {"09_stage/steps/tea_cold.py": [[False, ""], [True, "0 floods"]]}
    steps = {"09_stage/steps/tea1.py": LADDER["steps"]["09_stage/steps/tea1.py"]}
    assert cells(ladder(root, branches=list(branch), steps=steps | branch)) == [
        ["", "tea1.py"],
        ["It boils", "✓"],
        ["", "tea_cold.py"],
        ["It does not boil over", "✓ 0 floods"],
    ]


def test_an_experiment_may_name_code(root: Path) -> None:
    """Its name is escaped, and what stands between backticks is code."""
    experiments = ["`GET /` & `<b>` boil", LADDER["experiments"][1]]
    shown = ladder(root, experiments=experiments)
    name = "<code>GET /</code> &amp; <code>&lt;b&gt;</code> boil"
    assert f'<th scope="row">{name}</th>' in shown


def cells(html: str) -> list[list[str]]:
    """Returns the texts in the rows of all tables."""
    rows = re.findall("<tr>(.*?)</tr>", html)
    return [
        [re.sub("<.*?>", "", cell) for cell in re.findall("<t[dh].*?</t[dh]>", row)]
        for row in rows
    ]


def test_minutes_are_counted(root: Path) -> None:
    """From words, commands, questions, and code that is new to the reader."""
    page = root / "docs" / "page.md"

    def minutes(text: str) -> str:
        page.write_text(text, "utf-8")
        return expand("{{ minutes page.md }}", root, KNOWN)

    assert minutes("word " * 1500) == "10"
    assert minutes("word " * 1500 + "\n```console\n" + "$ ls\n" * 20 + "```\n") == "20"
    assert minutes("word " * 1500 + "\n??? question\n" * 5) == "15"
    code = f"{{{{ code {SHOUT}/shout.py }}}}\n"
    assert minutes("word " * 1500 + "\n" + code * 15) == "20"
    same = f"{{{{ step {SHOUT}/shout.py {SHOUT}/shout.py }}}}\n"
    assert minutes("word " * 1500 + "\n" + same * 50) == "10"
    changed = f"{{{{ step {SHOUT}/shout.py {SHOUT}/solution.py }}}}\n"
    assert minutes("word " * 1500 + "\n" + changed * 150) == "20"
    elsewhere = changed.replace("solution.py", "solution.py imports")
    assert minutes("word " * 1500 + "\n" + elsewhere * 150) == "10"
    assert expand("{{ minutes page.md page.md }}", root, KNOWN) == "20"


@pytest.mark.parametrize(
    ("directive", "complaint"),
    [
        ("exercises 02_nope", "no exercises in '02_nope'"),
        ("mistakes docs", "no exercises in 'docs'"),
        ("section page.md Three", "no heading 'Three' in page.md"),
        ("section nope.md One", "no heading 'One' in nope.md"),
        ("exercise 01_echo", "no directive 'exercise'. There are: code, exercises, "),
        ("ladder nope", "no figures in 'nope.json'"),
        ("figure nope 1 echo1", "no figures in 'nope.json'"),
        ("figure 1", "'{{ figure 1 }}': missing a required argument: 'experiment'"),
    ],
)
def test_what_does_not_exist_is_an_error(
    root: Path, directive: str, complaint: str
) -> None:
    """A misspelled part does not end up as text on the page."""
    with pytest.raises(DirectiveError, match=complaint):
        expand(f"{{{{ {directive} }}}}", root, KNOWN)


def test_a_readme_that_begins_in_another_way_is_an_error(root: Path) -> None:
    """The minutes, the file and the lesson are read from it, so they must be there."""
    (root / SHOUT / "README.md").write_text("# Shout\n\nShout.\n", "utf-8")
    with pytest.raises(ExerciseError, match=r"README\.md begins in another way"):
        expand("{{ exercises 01_echo }}", root, KNOWN)


def test_a_section_brings_what_it_asks_for(root: Path) -> None:
    """Directives of the other page are replaced as well, and may be in a sentence."""
    page = root / "docs" / "page.md"
    page.write_text(f"## One\n\nsee\n\n{{{{ code {SHOUT}/solution.py }}}}\n", "utf-8")
    shown = expand("!!! note\n\n    So {{ section page.md One }}", root, KNOWN)
    assert shown.startswith("!!! note\n\n    So see\n\n````python")
