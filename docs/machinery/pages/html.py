"""Finishes a page's HTML: light code that fits, terms with meanings, a description."""

import re
from functools import cache
from html import escape, unescape
from pathlib import Path

# Names, punctuation and spaces: half of a page's elements, and no color of their own.
PLAIN = re.compile(r'<span class="[nopw]">([^<]*)</span>')
# Around these, the template's indents and empty lines change nothing either.
INDENT = re.compile(r"(<(pre|code|script|text)\b.*?</\2>)|\s*\n\s*", re.DOTALL)
# Where a long name may go on in the next line: in a column, and in a line to be put in
# order, after each of its words; above code and in a sentence only if a phone has no
# room for it. Blocks have no names.
CELL = re.compile(r"<(t[dh]|li(?= style))\b.*?</\1>", re.DOTALL)
NAME = re.compile(r"(?<!<span></span>)<code>[^<]*</code>")
FILENAME = re.compile(r'<span class="filename">.*?</span>', re.DOTALL)
TEXT = re.compile(r"(?<=>)[^<]+")
WORD_END = re.compile(
    r"(?<=[a-zA-Z0-9)\]][/_(=])(?=[^/._()=\s])|(?<=[a-z)]\.)(?=\w{3})|(?<=[a-z])(?=[A-Z])"
)
LONG, TOO_LONG = re.compile(r"[^\s<>]{12,}"), re.compile(r"[^\s<>]{37,}")
SLASH = re.compile(r"(?<=\w/)(?=\w)")
TERM = re.compile(r'(?<=<a )href="glossary\.html#([\w-]+)"')
PARAGRAPH = re.compile(r"<p>(.+?)</p>", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.?!]) ")
LONGEST_DESCRIPTION = 160  # characters; search engines cut off the rest


def lighter(html: str) -> str:
    """Returns a page without the elements that change nothing in how its code looks."""
    return PLAIN.sub(r"\1", html)


def without_indents(html: str) -> str:
    """Returns a whole page without the spaces that nobody sees."""
    return INDENT.sub(lambda found: found[1] or "\n", html)


def with_breaks(html: str) -> str:
    """Returns a page whose long names can go on in the next line, where they may."""

    def broken(html: str, long: re.Pattern[str], at: re.Pattern[str]) -> str:
        def texts(text: re.Match[str]) -> str:
            return long.sub(lambda name: at.sub("<wbr>", name[0]), text[0])

        return TEXT.sub(texts, html)

    def cells(cell: re.Match[str]) -> str:
        return NAME.sub(lambda name: broken(name[0], LONG, WORD_END), cell[0])

    html = CELL.sub(cells, html)
    html = FILENAME.sub(lambda name: broken(name[0], TOO_LONG, WORD_END), html)
    return NAME.sub(lambda name: broken(name[0], TOO_LONG, SLASH), html)


def with_meanings(html: str, glossary: Path) -> str:
    """Returns a page whose links to the glossary's terms hold what the terms mean."""

    def link(found: re.Match[str]) -> str:
        meaning = meanings(glossary.read_text("utf-8")).get(found[1], "")
        return f'{found[0]} data-means="{escape(meaning)}"'

    return TERM.sub(link, html)


@cache
def meanings(glossary: str) -> dict[str, str]:
    """Returns the first paragraph of each term, as plain text, by the term's anchor."""
    terms = re.findall(r"^## (.+)\n\n((?:.+\n?)+)", glossary, re.MULTILINE)
    links = re.compile(r"\[([^]]+)\]\([^)]+\)")
    return {
        "-".join(re.sub(r"[^\w\s-]", "", term.lower()).split()): " ".join(
            re.sub("[`*]", "", links.sub(r"\1", text)).split()
        )
        for term, text in terms
    }


def description(html: str) -> str:
    """Returns the first sentences of a page's first paragraph, as plain text."""
    first = PARAGRAPH.search(html)
    text = re.sub(r"<[^>]+>", "", first[1]) if first else ""
    told, *sentences = SENTENCE.split(" ".join(unescape(text).split()))
    for sentence in sentences:
        if len(told) + len(sentence) < LONGEST_DESCRIPTION:
            told += f" {sentence}"
        else:
            break
    return told
