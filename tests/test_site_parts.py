"""What a page takes from elsewhere: exercises, their mistakes, another page's part."""

import shutil
from pathlib import Path

import pytest
from exercise_folder import ExerciseError
from site_include import IncludeError
from site_parts import expand_parts

from tests import ROOT

SHOUT = "01_echo/exercises/1_shout"


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
    shown = expand_parts("Before\n\n{{ exercises 01_echo }}\n", root)
    parts = [
        "Before",
        "## 1. Shout",
        "**5 minutes** (an estimate)",
        "```diagram",
        f"{{{{ code {SHOUT}/shout.py }}}}",
        f"python -m pytest {SHOUT}",
        '??? tip "Hint 1"\n\n    `data` is of type',
        '??? tip "Hint 3"',
        f'??? success "One good answer"\n\n    {{{{ code {SHOUT}/solution.py }}}}',
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_an_instructor_sees_each_belief_and_its_question(root: Path) -> None:
    """One row for each mistake, below the exercise's name and minutes."""
    shown = expand_parts("{{ mistakes 01_echo }}", root)
    head, *rows = shown.split("|---|---|\n")
    assert head.startswith("### 1. Shout\n\n5 minutes. They learn that bytes have")
    assert rows[0].splitlines()[0] == (
        "| What is sent over a network is text. | Of which type is the argument of"
        " `dataReceived`, and which type does `write` take? |"
    )
    assert rows[0].count("\n| ") + 1 == 4


def test_a_section_of_another_page_is_repeated(root: Path) -> None:
    """All that stands under a heading, up to the next of its level."""
    assert expand_parts("{{ section page.md One }}", root) == (
        "first\n\n### Detail\n\nof it"
    )
    assert expand_parts("{{ section page.md Two }}", root) == "second"


@pytest.mark.parametrize(
    ("directive", "complaint"),
    [
        ("exercises 02_nope", "no exercises in '02_nope'"),
        ("mistakes docs", "no exercises in 'docs'"),
        ("section page.md Three", "no heading 'Three' in page.md"),
        ("section nope.md One", "no heading 'One' in nope.md"),
        ("exercise 01_echo", "no directive '{{ exercise 01_echo }}'"),
    ],
)
def test_what_does_not_exist_is_an_error(
    root: Path, directive: str, complaint: str
) -> None:
    """A misspelt part does not end up as text on the page."""
    with pytest.raises(IncludeError, match=complaint):
        expand_parts(f"{{{{ {directive} }}}}", root)


def test_a_readme_that_begins_in_another_way_is_an_error(root: Path) -> None:
    """The minutes, the file and the lesson are read from it, so they must be there."""
    (root / SHOUT / "README.md").write_text("# Shout\n\nShout.\n", "utf-8")
    with pytest.raises(ExerciseError, match=r"README\.md begins in another way"):
        expand_parts("{{ exercises 01_echo }}", root)


def test_other_text_is_left_alone(root: Path) -> None:
    """Code is put in later, and a directive is a line of its own."""
    text = "{{ code a.py }}\n\nA line with {{ section page.md One }} in it.\n"
    assert expand_parts(text, root) == text
