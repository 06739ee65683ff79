"""A page's HTML is finished: lighter code, terms with their meaning, a description."""

import re
from pathlib import Path

import pytest

from docs.machinery.pages.html import (
    description,
    lighter,
    meanings,
    with_breaks,
    with_meanings,
    without_indents,
)
from tests import ROOT


def test_code_keeps_its_text_and_its_colors() -> None:
    """Only elements that have no color of their own go."""
    code = '<span class="k">def</span><span class="w"> </span><span class="nf">f</span>'
    assert lighter(f'{code}<span class="p">():</span>') == (
        '<span class="k">def</span> <span class="nf">f</span>():'
    )


def test_a_page_has_no_indents_but_in_code() -> None:
    """Words that a line's end parts stay apart."""
    page = "<p>\n    one\n\n  two</p>\n<pre>\n  def\n</pre>  \n<code>a\n  b</code>"
    assert without_indents(page) == (
        "<p>\none\ntwo</p>\n<pre>\n  def\n</pre>\n<code>a\n  b</code>"
    )


@pytest.mark.parametrize(
    "shown",
    [
        "<td><code>request.|get|Header(|b&quot;accept&quot;)</code></td>",
        '<li style="--indent: 4"><code>self.|transport.|abort|Connection()</code></li>',
        "<li><code>connectionLost</code></li>",
        "<td>twisted.web <code>addCallback</code></td>",
        "<th><code>Chat.|__init__</code> and <code>chat_|server.py</code></th>",
        '<span class="filename"><a href="a_b.py.txt">test.py</a>: EchoTests</span>',
        f'<span class="filename">{"X" * 30}Tests.|test_|cuts</span>',
        "<code>1_echo/|exercises/|3_full_house/|house.py</code> <code>a/b</code>",
        f"<code>{'aB' * 20}</code>",
        f"<pre><span></span><code>{'a/b' * 20}</code></pre>",
    ],
)
def test_a_long_name_is_broken_where_it_may_be(shown: str) -> None:
    """In a cell and above code after a word, in a sentence after a slash."""
    assert with_breaks(shown.replace("|", "")) == shown.replace("|", "<wbr>")


def test_a_meaning_is_plain_text() -> None:
    """It's the first paragraph of the term, without links, stars and backticks."""
    glossary = "# G\n\n## Half-close\n\nTo `close` *one*\n[side](#x).\n\nMore.\n"
    assert meanings(glossary) == {"half-close": "To close one side."}


def test_a_link_to_a_term_holds_what_it_means(tmp_path: Path) -> None:
    """Other links stay as they are, and quotes do no harm."""
    glossary = tmp_path / "glossary.md"
    glossary.write_text('# G\n\n## Thread\n\nA "thread".\n', "utf-8")
    link, other = '<a href="glossary.html#thread">', '<a href="glossary.html">'
    assert with_meanings(link + other, glossary) == (
        f'{link[:-1]} data-means="A &quot;thread&quot;.">{other}'
    )


def test_each_term_that_a_page_links_has_a_meaning() -> None:
    """The anchors are those that the site's own headings get."""
    known = meanings((ROOT / "docs/glossary.md").read_text("utf-8"))
    for page in ROOT.glob("docs/*.md"):
        linked = set(re.findall(r"glossary\.md#([\w-]+)", page.read_text("utf-8")))
        assert linked <= known.keys()


@pytest.mark.parametrize(
    ("html", "described"),
    [
        (
            "<h1>A</h1><p>One &amp; <b>two</b>.\nThree.</p><p>Four</p>",
            "One & two. Three.",
        ),
        (f"<p>Short. {'x' * 160}.</p>", "Short."),
        ("<h1>No text</h1>", ""),
    ],
)
def test_a_page_is_described_by_its_first_sentences(html: str, described: str) -> None:
    """As many as a search engine shows, and at least one."""
    assert description(html) == described
