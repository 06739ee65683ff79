"""Estimates how long a page takes, from its words, code, commands and questions.

A page writes `{{ minutes 01_echo.md }}`, and gets a number.
"""

import re
from pathlib import Path

from docs.machinery.pages.directives import DIRECTIVE, Page, directives_in
from docs.machinery.pages.include import changed_lines, code_of

# For a reader who types along, and to whom the subject is new.
WORDS = 150  # of text, a minute
LINES = 15  # of code that was not on the page before, a minute
COMMANDS = 2  # to type and to look at, a minute
QUESTIONS = 1  # to think about before the answer is unfolded, a minute

FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2$", re.MULTILINE | re.DOTALL)
FOLDED = re.compile(r"^( *)\?\?\? example.*\n(?:\1    .*\n|\s*\n)*", re.MULTILINE)


def minutes(page: Page, *pages: str) -> str:
    """Returns the minutes that some pages take together."""
    return str(sum(minutes_of(page.root / "docs" / name, page.root) for name in pages))


def minutes_of(page: Path, root: Path) -> int:
    """Returns the minutes that one page takes, rounded to the next five."""
    text = FOLDED.sub("", page.read_text("utf-8"))
    lines = sum(lines_to_read(root, *asked) for asked in directives_in(text))
    fences = [match[0] for match in FENCE.finditer(text)]
    commands = sum(len(re.findall(r"^ *\$ ", fence, re.MULTILINE)) for fence in fences)
    words = len(FENCE.sub("", DIRECTIVE.sub("", text)).split())
    questions = len(re.findall(r"^ *\?\?\? question", text, re.MULTILINE))
    exact = words / WORDS + lines / LINES + commands / COMMANDS + questions / QUESTIONS
    return max(5, 5 * round(exact / 5))


def lines_to_read(root: Path, directive: str, words: list[str]) -> int:
    """Returns how many lines of code a directive brings that are new to its reader."""
    match directive, words:
        case "step", [old, new, *names]:
            shown = {number for number, _ in code_of(new, names, root)}
            return len(shown & changed_lines(old, new, root))
        case "code", [path, *names]:
            code = code_of(path, names, root)
            return len([line for _, line in code if line.strip()])
    return 0
