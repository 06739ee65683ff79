"""The pages tell the truth about one another and about the files."""

import ast
import builtins
import re
from itertools import chain, pairwise
from pathlib import Path

import pytest

from docs.machinery.build import DIRECTIVES
from docs.machinery.exercises.folder import exercises_of
from docs.machinery.pages.directives import expand
from docs.machinery.pages.include import named_spans
from tests import ROOT, STAGES

FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2$", re.MULTILINE | re.DOTALL)
IS_CLIENT = re.compile("client|console")  # these pages are about servers

# In the order in which the course is read.
COURSE = ["index", *(stage.name for stage in STAGES), "deferreds", "testing"]


def read(page: str) -> str:
    """Returns a page as it is written."""
    return (ROOT / "docs" / f"{page}.md").read_text("utf-8")


def test_no_paragraph_is_shown_as_code() -> None:
    """It would be if its first line had four spaces more than the second."""
    for page in ROOT.glob("docs/*.md"):
        text = FENCE.sub("", page.read_text("utf-8"))
        wrong = re.search(r"\n\n( *) {4}\S.*\n\1\S", text)
        assert not wrong, f"{page.name}: indent this less: {wrong[0].strip()}"


def test_the_glossary_is_sorted() -> None:
    """Its terms stand in the order of the alphabet, capitals or not."""
    terms = re.findall(r"^## (.+)$", read("glossary"), re.MULTILINE)
    for before, after in pairwise(terms):
        assert before.casefold() < after.casefold(), f"{after} stands below {before}"


def test_a_term_is_linked_once() -> None:
    """Each has a link from the course, which stands where it is used first."""
    terms = re.findall(r"^## (.+)$", read("glossary").lower(), re.MULTILINE)
    anchors = [re.sub("[^a-z0-9_-]", "", term.replace(" ", "-")) for term in terms]
    links = [
        anchor
        for page in COURSE
        for anchor in re.findall(r"\]\(glossary\.md#([\w-]+)\)", read(page))
    ]
    times = {anchor: links.count(anchor) for anchor in {*links, *anchors}}
    amiss = {anchor: number for anchor, number in times.items() if number != 1}
    assert not amiss, f"link each of these once, where {COURSE} use it first: {amiss}"
    assert {*links} == {*anchors}


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_stages_page_explains_each_name(stage: Path) -> None:
    """What its server imports or calls stands in the text of its page or stage 1's."""
    pages = read(STAGES[0].name), read(stage.name)  # the later ones need the first
    page = FENCE.sub("", "\n".join(pages))
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
    files = [file for file in stage.glob("*.py") if not IS_CLIENT.search(file.stem)]
    used: set[str] = set()
    own: set[str] = set()
    for node in chain(*(ast.walk(ast.parse(f.read_text("utf-8"))) for f in files)):
        match node:
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                used |= {alias.asname or alias.name for alias in names}
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                used.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                own.add(name)
            case ast.AsyncFunctionDef(name=name):
                own.add(name)
    own |= {file.stem for file in files} | set(dir(builtins))
    missing = ", ".join(sorted(used - own - explained))
    assert not missing, (
        f"docs/{stage.name}.md lacks these names in backticks: {missing}"
    )


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_a_page_shows_no_long_block_before_its_last_step(stage: Path) -> None:
    """Up to the last step's heading, no block of code has more than 60 lines."""
    *steps, _last = re.split(r"^## Step ", read(stage.name), flags=re.MULTILINE)
    assert steps, f"docs/{stage.name}.md needs headings: ## Step 1: …, ## Step 2: …"
    shown = expand("".join(steps), ROOT, DIRECTIVES)
    longest = max((m[0].count("\n") - 1 for m in FENCE.finditer(shown)), default=0)
    assert longest <= 60, "show a long file in parts: {{ code FILE NAMES }}"


@pytest.mark.parametrize("stage", STAGES, ids=[stage.name for stage in STAGES])
def test_an_exercise_stands_after_the_step_it_names(stage: Path) -> None:
    """Its task begins with "After step N" or the like; the page asks for it there."""
    for exercise in exercises_of(stage):
        page = read(exercise.page)
        named = re.match(r"\*After (?:step (\d+))?[^*]*\.\*", exercise.readme["task"])
        assert named, f"begin the task of {exercise.name} with *After step N.*"
        box = page.find(f"[{exercise.name}]({stage.name}_exercises.md#")
        assert box > 0, (
            f"after its step, docs/{stage.name}.md needs a link "
            f"[{exercise.name}]({stage.name}_exercises.md#…)"
        )
        steps = re.findall(r"^## Step (\d+)", page[:box], re.MULTILINE)
        assert steps, f"link {exercise.name} below a step in docs/{exercise.page}.md"
        assert named[1] in {steps[-1], None}, (
            f"the task of {exercise.name} begins with *After step {named[1]}.*, but "
            f"docs/{exercise.page}.md links it in step {steps[-1]}: change one of them"
        )


def test_code_is_where_the_map_says() -> None:
    """Each row of the table names something that its file has."""
    for row in re.findall(r"^\| [a-z].+$", read("how_it_fits"), re.MULTILINE):
        example = re.search(r", as in \[`([\w.]+)`\]\(\S+\) in `(\w+\.py)` \|$", row)
        assert example, row
        [path] = ROOT.glob(f"[!.]*/**/{example[2]}")
        assert example[1] in named_spans(path.read_text("utf-8"))
