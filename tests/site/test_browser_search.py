"""The site's search, in a real browser: the words of a problem find its entry first."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.site.test_browser import browser, page, site

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "page", "site"]  # fixtures

ENTRY = re.compile(
    r"^## (?P<heading>[^\n]+) \{ #(?P<anchor>[\w-]+) \}$(?P<text>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
FENCE = re.compile(r"^```(?:console|text).*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What people type who see no message, or none that says what is wrong.
PEOPLE_TYPE = {
    "all-at-once": ["everything is sent at the end", "write does not send at once"],
    "async-blocks": ["async still blocks", "requests blocks the reactor"],
    "blocking": ["server hangs", "only one client at a time", "time.sleep"],
    "container": ["docker connection refused", "cannot connect from outside"],
    "ends-at-once": ["server ends at once", "program exits immediately"],
    "exit-in-callback": ["sys.exit does not work", "end the program from a callback"],
    "glued": ["messages glued together", "dataReceived half a message"],
    "half-close": ["last answer is lost", "nc gets no answer lost"],
    "init-too-early": ["factory in __init__", "NoneType object factory"],
    "input-in-thread": ["Ctrl-C does not work", "input() in a thread"],
    "loop-stops": ["LoopingCall stops", "timer stops repeating"],
    "never-a-line": ["lineReceived is never called", "no answer to a line"],
    "never-equal": ["comparison bytes never true", "no answer to a command"],
    "never-fails": ["wrong test passes", "async test always passes"],
    "never-fires": ["await hangs", "Deferred never fires"],
    "nick-taken": ["nick still taken", "dead connection still a member"],
    "no-log": ["no log", "no warning appears"],
    "no-root": ["No Such Resource", "/ is 404"],
    "not-shared": ["other clients hear nothing", "broadcast to all clients"],
    "notebook": ["jupyter", "twisted in a notebook", "ReactorNotRestartable jupyter"],
    "reconnect": ["client does not reconnect", "ReconnectingClientFactory"],
    "static-slash": ["static files 404", "missing slash"],
    "trial-file": ["trial file does not exist", "does not name an object"],
    "wrong-thread": ["callFromThread", "thread result comes late"],
}


def entries() -> dict[str, list[str]]:
    """Returns what people type for each entry of "Stuck?", by the entry's address."""
    asked = {}
    for file in ROOT.glob("docs/stuck_*.md"):
        for entry in ENTRY.finditer(file.read_text("utf-8")):
            if entry["anchor"] != "helpers":
                address = f"{file.stem}.html#{entry['anchor']}"
                asked[address] = PEOPLE_TYPE.get(entry["anchor"]) or messages(entry)
    return asked


def messages(entry: re.Match[str]) -> list[str]:
    """Returns the message in an entry's heading, and the line that prints it."""
    message = re.match(r"`([^`]+)`", entry["heading"])
    assert message, f"{entry['heading']}: no message, and nothing in PEOPLE_TYPE"
    [printed, *_] = FENCE.findall(entry["text"])
    lines = [line.strip() for line in printed.splitlines()]
    return [message[1], *(line for line in lines if message[1] in line)]


@pytest.fixture
def search(page: "Page") -> Callable[[str], str]:
    """Types words into the search, and returns where the first section is."""
    page.keyboard.press("/")
    field = page.locator("[data-md-component=search-query]")
    found = page.locator(".md-search-result__list a[href*='#']:visible")

    def look(words: str) -> str:
        field.fill("")
        field.press("End")  # what the field listens to
        page.wait_for_function(
            "!document.querySelector('.md-search-result__list').childElementCount"
        )
        field.fill(words)
        field.press("End")
        found.first.wait_for(timeout=5000)
        href = found.first.get_attribute("href") or ""
        return re.sub(r"^.*/|\?h=[^#]*", "", href)

    return look


def test_the_words_of_a_problem_find_its_entry(search: Callable[[str], str]) -> None:
    """For each entry, its message or what people type leads to it first."""
    asked = [(words, where) for where, all_ in entries().items() for words in all_]
    assert len(asked) > len(PEOPLE_TYPE)
    misses = [(words, found) for words, where in asked if (found := search(words)) != where]
    assert not misses, "\n".join(f"{words!r} finds {found}" for words, found in misses)


@pytest.mark.parametrize("name", ["CannotListenError", "callFromThread", "addTimeout"])
def test_a_dotted_name_is_found(
    search: Callable[[str], str], page: "Page", name: str
) -> None:
    """A name is found that stands behind a dot or in brackets."""
    assert search(name)
    assert name in page.locator(".md-search-result__list mark").all_inner_texts()


def test_each_silent_entry_is_there() -> None:
    """What people type is listed for entries that exist."""
    anchors = {address.partition("#")[2] for address in entries()}
    assert PEOPLE_TYPE.keys() <= anchors
