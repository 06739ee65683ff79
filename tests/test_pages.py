"""What the pages say of one another, and of the files, is so."""

import re

from site_include import named_spans

from tests import ROOT, STAGES

# In the order in which the course is read.
COURSE = ["index", *(stage.name for stage in STAGES), "testing"]


def read(page: str) -> str:
    """Returns a page as it is written."""
    return (ROOT / "docs" / f"{page}.md").read_text("utf-8")


def test_the_glossary_is_sorted() -> None:
    """Its terms stand in the order of the alphabet, capitals or not."""
    terms = re.findall(r"^## (.+)$", read("glossary"), re.MULTILINE)
    assert terms == sorted(terms, key=str.casefold)


def test_a_term_is_linked_once() -> None:
    """Each has a link from the course, which stands where it is used first."""
    terms = re.findall(r"^## (.+)$", read("glossary").lower(), re.MULTILINE)
    anchors = [re.sub("[^a-z0-9_-]", "", term.replace(" ", "-")) for term in terms]
    links = [
        anchor
        for page in COURSE
        for anchor in re.findall(r"\]\(glossary\.md#([\w-]+)\)", read(page))
    ]
    assert sorted(links) == sorted(anchors)


def test_home_adds_the_minutes_up() -> None:
    """It says how long the stages take one by one, and together."""
    minutes = [
        int(number)
        for stage in STAGES
        for number in re.findall(r"\*\*Time:\*\* about (\d+) min", read(stage.name))
    ]
    *most, last = map(str, minutes)
    assert f"About {sum(minutes)} minutes" in read("index")
    assert f": {', '.join(most)} and {last}." in read("index")


def test_code_is_where_the_map_says() -> None:
    """Each row of the table names something that its file has."""
    for row in re.findall(r"^\| [a-z].+$", read("how_it_fits"), re.MULTILINE):
        example = re.search(r", as in \[`([\w.]+)`\]\(\S+\) in `(\w+\.py)` \|$", row)
        assert example, row
        [path] = ROOT.glob(f"[!.]*/**/{example[2]}")
        assert example[1] in named_spans(path.read_text("utf-8"))
