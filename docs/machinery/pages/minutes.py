"""How long a page takes to read and to try: an estimate, counted, never written down.

A page writes `{{ minutes 01_echo.md }}`, and gets a number.
"""

import re
from pathlib import Path

from docs.machinery.pages.include import DIRECTIVE as CODE
from docs.machinery.pages.include import changed_lines, code_of

# What somebody takes who types along, and for whom the subject is new.
WORDS = 150  # of text, a minute
LINES = 15  # of code that was not on the page before, a minute
COMMANDS = 2  # to type and to look at, a minute
QUESTIONS = 1  # to think about before the answer is unfolded, a minute

FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2$", re.MULTILINE | re.DOTALL)
FOLDED = re.compile(r"^( *)\?\?\? example.*\n(?:\1    .*\n|\s*\n)*", re.MULTILINE)


def minutes_of(page: Path, root: Path) -> int:
    """Returns the minutes that a page takes, rounded to the next five."""
    text = FOLDED.sub("", page.read_text("utf-8"))
    lines = sum(
        lines_to_read(match[2], match[3].split(), root) for match in CODE.finditer(text)
    )
    fences = [match[0] for match in FENCE.finditer(text)]
    commands = sum(len(re.findall(r"^ *\$ ", fence, re.MULTILINE)) for fence in fences)
    words = len(FENCE.sub("", CODE.sub("", text)).split())
    questions = len(re.findall(r"^ *\?\?\? question", text, re.MULTILINE))
    exact = words / WORDS + lines / LINES + commands / COMMANDS + questions / QUESTIONS
    return max(5, 5 * round(exact / 5))


def lines_to_read(kind: str, words: list[str], root: Path) -> int:
    """Returns how many lines of code a directive brings that are new to its reader."""
    if kind == "step":
        return len(changed_lines(words[0], words[1], root))
    path, *names = words
    return len([line for _, line in code_of(path, names, root) if line.strip()])
