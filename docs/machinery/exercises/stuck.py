"""Finds the entry of Stuck? that explains an exception."""

import re

from docs.machinery import ROOT

# What is told of an answer, and the anchor of the entry about it.
ENTRIES = {
    r"Data must be bytes": "text-written",
    r'\(not "bytes"\) to str|concat str to bytes|bytes-like object is': "text-line",
    r"takes \d positional arguments? but \d were given": "no-reason",
    r"(fails, though|stops with) .*'NoneType' object has no attribute 'write'": (
        "no-transport"
    ),
    r"'NoneType' object has no attribute.*\n.*self\.(factory|transport)\.": (
        "init-too-early"
    ),
    r"Request did not return bytes": "web-coroutine",
    r"Path segment must be bytes": "text-path",
    r"called on a request after its connection was lost": "left-early",
    r"AlreadyCalledError": "fired-twice",
    r"AlreadyCalled: ": "timer-rang",
    r"can't be used in 'await' expression": "await-value",
    r"No module named 'twisted'": "no-module",
    r"ReactorNotRestartable": "reactor-twice",
    r"no running event loop": "asyncio-sleep",
    r"still busy after": "blocking",
    r"SystemExit": "exit-in-callback",
}


def entry_about(told: str) -> str:
    """Returns a line that leads to the entry about what is told, or nothing."""
    anchors = (a for pattern, a in ENTRIES.items() if re.search(pattern, told))
    anchor = next(anchors, None)
    for page in sorted(ROOT.glob("docs/stuck*.md")) if anchor else []:
        heading = rf"^#+ (.*) \{{ #{anchor} \}}$"
        if title := re.search(heading, page.read_text("utf-8"), re.MULTILINE):
            return f"Stuck? See docs/{page.name}#{anchor}, {title[1]}."
    return ""
