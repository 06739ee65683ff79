"""The site's search, in a real browser: the words of a problem find its entry first."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.site.test_browser import browser, page

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "page"]  # fixtures

ENTRY = re.compile(
    r"^## (?P<heading>[^\n]+) \{ #(?P<anchor>[\w-]+) \}$(?P<text>.*?)(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
FENCE = re.compile(r"^```(?:console|text).*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

PAGES = sorted(page.stem for page in ROOT.glob("docs/stuck_*.md"))

# What people type who see no message, or none that says what is wrong.
PEOPLE_TYPE = {
    "all-at-once": ["everything is sent at the end", "write does not send at once"],
    "async-blocks": ["async still blocks", "requests blocks the reactor"],
    "blocking": ["server hangs", "only one client is served", "time.sleep"],
    "cached-connection": ["HTTPConnectionPool", "Reactor was unclean Selectables"],
    "container": ["docker connection refused", "connect from outside the container"],
    "ends-at-once": ["server ends at once", "program exits immediately"],
    "exit-in-callback": ["sys.exit does not work", "end the program from a callback"],
    "glued": ["messages glued together", "dataReceived half a message"],
    "half-close": ["last answer is lost", "nc gets no answer lost"],
    "init-too-early": ["factory in __init__", "NoneType object factory"],
    "input-in-thread": ["Ctrl-C does not end it", "input() in a thread"],
    "loop-stops": ["LoopingCall stops", "timer stops repeating"],
    "never-a-line": ["lineReceived is never called", "no answer to a line"],
    "never-equal": ["comparison bytes never true", "no answer to a command"],
    "never-fails": ["wrong test passes", "async test always passes"],
    "never-fires": ["await hangs", "Deferred never fires"],
    "nick-taken": ["nick still taken", "dead connection still a member"],
    "no-await": ["Deferred instead of a result", "<coroutine object"],
    "no-log": ["no warning appears", "log.warn prints nothing"],
    "no-root": ["No Such Resource", "/ says No Such Resource"],
    "not-shared": ["other clients hear nothing", "broadcast to all clients"],
    "notebook": ["jupyter", "twisted in a notebook", "ReactorNotRestartable jupyter"],
    "reconnect": ["client does not reconnect", "ReconnectingClientFactory"],
    "static-slash": ["static files 404", "missing slash"],
    "trial-file": ["trial file does not exist", "does not name an object"],
    "wrong-thread": ["callFromThread", "thread result comes late"],
}


def entries(page: str) -> dict[str, list[str]]:
    """Returns what people type for each entry of a page, by the entry's anchor."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    return {
        entry["anchor"]: PEOPLE_TYPE.get(entry["anchor"]) or messages(entry)
        for entry in ENTRY.finditer(text)
        if entry["anchor"] != "helpers"
    }


def messages(entry: re.Match[str]) -> list[str]:
    """Returns the message in an entry's heading, and the line that prints it."""
    message = re.match(r"`([^`]+)`", entry["heading"])
    assert message, (
        f"the heading {entry['heading']!r} is no message: add to PEOPLE_TYPE, at "
        f"{entry['anchor']!r}, two or three searches that people type"
    )
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


@pytest.mark.parametrize("name", ["closeCachedConnections", "setTcpKeepAlive"])
def test_a_dotted_name_is_found(
    search: Callable[[str], str], page: "Page", name: str
) -> None:
    """A name is found that stands behind a dot or in brackets."""
    assert search(name)
    assert name in page.locator(".md-search-result__list mark").all_inner_texts()


@pytest.mark.parametrize("stuck", PAGES)
def test_the_words_of_a_problem_find_its_entry(
    search: Callable[[str], str], stuck: str
) -> None:
    """For each entry of a page, its message or what people type leads to it first."""
    misses = [
        f"{words!r} finds {found}"
        for anchor, asked in entries(stuck).items()
        for words in asked
        if (found := search(words)) != f"{stuck}.html#{anchor}"
    ]
    assert not misses, "\n".join(misses)


def test_what_people_type_is_for_entries_that_exist() -> None:
    """No entry was renamed, or deleted, and its words forgotten here."""
    assert PEOPLE_TYPE.keys() <= {anchor for page in PAGES for anchor in entries(page)}
