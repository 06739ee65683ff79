"""Replaces a page's directives: `{{ name arguments }}`, alone on a line or within one.

Each name stands for a function, which gets the page and the arguments as words, and
returns Markdown. If the directive is indented, then so is each line of that.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from textwrap import indent

# In backticks, a directive is only spoken of.
DIRECTIVE = re.compile(r"(^[ \t]+)?(?<!`)\{\{ *(\w+)([^{}\n]*)(\}\})?", re.MULTILINE)


class DirectiveError(ValueError):
    """Says what a page asks for in vain, and what there is instead."""


def directives_in(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """Yields the name and the arguments of each directive."""
    for match in DIRECTIVE.finditer(markdown):
        yield match[2], match[3].split()


@dataclass(frozen=True)
class Page:
    """What a directive's function needs to know about the page that it stands on."""

    root: Path  # of the repository
    known: Mapping[str, Callable[..., str]]  # the function of each name

    def expand(self, markdown: str) -> str:
        """Returns `markdown` with each directive replaced."""
        return DIRECTIVE.sub(self.replacement, markdown)

    def replacement(self, match: re.Match[str]) -> str:
        """Returns what takes the place of one directive."""
        space, name, arguments, closed = match.groups()
        if name not in self.known:
            there = ", ".join(sorted(self.known))
            raise DirectiveError(f"no directive '{name}'. There are: {there}")
        if not closed:
            raise DirectiveError(f"'{match[0].strip()}' does not end with '}}}}'")
        try:
            signature(self.known[name]).bind(self, *arguments.split())
        except TypeError as error:
            raise DirectiveError(f"'{match[0].strip()}': {error}") from None
        return indent(self.known[name](self, *arguments.split()), space or "")


def expand(markdown: str, root: Path, known: Mapping[str, Callable[..., str]]) -> str:
    """Returns `markdown` with each directive replaced."""
    return Page(root, known).expand(markdown)
