"""The built site in a real browser, opened from files as on a USB stick."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import ROOT

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "google-chrome"])), None)
PAGES = sorted(page.with_suffix(".html").name for page in ROOT.glob("docs/*.md"))

if "PYTEST_VERSION" in os.environ:  # trial imports this module too, and cannot skip one
    pytest.importorskip(
        "playwright", reason="no Playwright: pip install -r .ci/requirements.txt"
    )
    if not CHROMIUM and "BROWSER_REQUIRED" not in os.environ:
        pytest.skip("no chromium or google-chrome on PATH", allow_module_level=True)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium that finds no other host, even if there is a network."""
    from playwright.sync_api import sync_playwright

    flags = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=flags) as browser,
    ):
        yield browser


@pytest.fixture
def page(browser: "Browser", site: Path) -> Iterator["Page"]:
    """A tab with the site's first page. The test fails if anything goes wrong in it."""
    from tests.site.browser_view import watched

    found: list[str] = []
    with watched(browser, found) as page:
        page.goto((site / "index.html").as_uri())
        yield page
    assert found == []


@pytest.fixture
def complaints_of(browser: "Browser", tmp_path: Path) -> Callable[[str], list[str]]:
    """Puts some HTML into a page that is good without it, and looks at the page."""
    from tests.site.browser_view import complaints

    def look(html: str) -> list[str]:
        file = tmp_path / "page.html"
        head = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>"
        file.write_text(f"{head}{html}", "utf-8")
        return complaints(browser, file)

    return look


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_no_cause_for_complaint(
    browser: "Browser", site: Path, name: str
) -> None:
    """It is whole on each screen, in both color schemes and on paper."""
    from tests.site.browser_view import complaints

    assert complaints(browser, site / name) == []


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ('<img src="https://example.com/a.png" alt="">', "asks for https://example.co"),
        ("<script>console.error('no')</script>", "logs no"),
        ("<script>no()</script>", "raises no is not defined"),
        (f"<p>{random.Random(0).randbytes(100_000).hex()}</p>", "weighs 1"),
        ('<p style="color: #999">pale</p>', "axe, color-contrast: p"),
        (
            "<style>@media (prefers-color-scheme: dark) {p {color: #999}}</style><p>no",
            "axe, color-contrast: p",
        ),
        (f'<pre style="overflow: auto">{"x" * 99}', "axe, scrollable-region-focusable"),
        ('<a href="#" style="position: fixed; left: -9em">no</a>', "Tab stops unseen"),
        ('<a href="#" style="outline: none">no</a>', "Tab stops unseen: <a"),
        ('<p style="width: 500px">wide</p>', "wider than the screen: <p"),
        ("<nav>elsewhere</nav>", "of no use on paper: <nav"),
        ("<details><p>42</details>", "unfolded on paper: <p"),
        (f'<pre style="overflow: auto">{"x" * 99}', "cut off on paper: <pre"),
        ("<figure>42</figure>", "torn apart on paper: <figure"),
    ],
)
def test_a_bad_page_is_found_out(
    complaints_of: Callable[[str], list[str]], html: str, complaint: str
) -> None:
    """Each thing that no page may do is complained of where one does it."""
    assert complaint in "\n".join(complaints_of(html))


def test_a_good_page_is_not(complaints_of: Callable[[str], list[str]]) -> None:
    """Nothing is found where there is nothing."""
    assert complaints_of("<p>A text, and <a href='#'>a link</a>.</p>") == []


@pytest.mark.parametrize("key", ["/", "s"])
def test_the_search_finds_a_class(page: "Page", key: str) -> None:
    """A key opens it, and what it finds leads to a page that says so."""
    page.keyboard.press(key)
    page.keyboard.type("StringTransport")
    # Until all is typed, it finds what begins so.
    page.locator("a[href*='h=stringtransport']").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/*.html?h=stringtransport*")
    assert "StringTransport" in page.get_by_role("main").inner_text()


def test_a_page_is_as_dark_as_the_system(page: "Page") -> None:
    """Until a reader chooses, the system does."""
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(color)
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert page.evaluate(color) != light


def test_the_first_stop_skips_to_the_text(page: "Page") -> None:
    """A reader with a keyboard need not pass the menu on every page."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article')")


def test_a_phones_menu_opens_by_keyboard(page: "Page") -> None:
    """Its button is a stop, and then its links are."""
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.get_by_role("link", name="Testing", exact=True).first
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").press("Enter")
    link.press("Enter")
    page.wait_for_url("**/testing.html")


def test_escape_closes_a_phones_menu(page: "Page") -> None:
    """And the keyboard is back at the button that opened it."""
    page.set_viewport_size({"width": 390, "height": 844})
    button = page.get_by_role("button", name="Menu")
    button.press("Enter")
    link = page.get_by_role("link", name="Testing", exact=True).first
    link.wait_for()
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    assert button.evaluate("button => button == document.activeElement")


def test_a_term_says_what_it_means(page: "Page") -> None:
    """With the mouse or the keyboard, until Escape; and nothing leaves the page."""
    meaning = page.get_by_role("tooltip")
    term = page.locator("[data-means]").first
    for show in (term.hover, term.focus):
        show()
        assert meaning.inner_text() == term.get_attribute("data-means")
        page.keyboard.press("Escape")
        assert meaning.is_hidden()


def test_a_finger_sees_the_meaning_before_it_follows_the_link(
    browser: "Browser", site: Path
) -> None:
    """The first tap shows it, the second one goes to the glossary."""
    with browser.new_context(has_touch=True) as context:
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        term = page.locator("[data-means]").first
        term.tap()
        page.get_by_role("tooltip").wait_for()
        term.tap()
        page.wait_for_url("**/glossary.html#*")


@pytest.mark.parametrize("missing", ["nope.html", "nope/nope.html"])
def test_a_missing_page_leads_to_the_site(
    browser: "Browser", site: Path, missing: str
) -> None:
    """Its links work wherever the site is, and however deep the address was."""
    with browser.new_context() as context:
        page = context.new_page()

        def serve(route: "Route") -> None:
            path = urlsplit(route.request.url).path
            file = site / path.removeprefix("/course/")
            if not path.startswith("/course/") or not file.is_file():
                file = site / "404.html"
            found = file.name != "404.html"
            route.fulfill(path=file, status=200 if found else 404)

        page.route("**/*", serve)
        page.goto(f"http://127.0.0.1/course/{missing}")
        page.get_by_role("link", name="Glossary").click()
        page.wait_for_url("http://127.0.0.1/course/glossary.html")


def test_one_can_read_from_the_first_page_to_the_last(page: "Page", site: Path) -> None:
    """Next leads to all pages there are in turn, and previous back."""
    read = []
    while True:
        read.append(page.url)
        following = page.get_by_role("link", name="Next:")
        if not following.count():
            break
        following.click()
        before = page.get_by_role("link", name="Previous:")
        assert before.evaluate("link => link.href") == read[-1]
    built = sorted({*site.rglob("*.html")} - {site / "404.html"})
    assert sorted(read) == [file.as_uri() for file in built]
    assert [file.relative_to(site).as_posix() for file in built] == PAGES


def test_the_path_above_a_block_opens_the_file(page: "Page", site: Path) -> None:
    """The browser shows the file, all of it, in the right letters."""
    path = "tests/stages/test_chat_server.py"
    page.goto((site / "03_chat.html").as_uri())
    page.get_by_role("link", name=path).first.click()
    shown = page.locator("pre").inner_text()
    assert "世界" in shown
    assert shown == (ROOT / path).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "shown", "copied"),
    [
        ("01_echo", "Do you hear me?", ["python 01_echo/echo_client.py"]),
        ("02_http_counter", "400 Bad", ["printf 'GET / ", "printf 'nonsense"]),
        ("03_chat", "<guest1> /nick alice", ["/nick alice"]),
        ("01_echo", "^C", ["^C"]),
    ],
)
def test_a_console_is_copied_without_prompt_and_output(
    page: "Page", site: Path, name: str, shown: str, copied: list[str]
) -> None:
    """The button copies commands, or what is typed; or all, if there is neither."""
    page.goto((site / f"{name}.html").as_uri())
    page.evaluate("""addEventListener("copy", ({target}) => copied = target.value)""")
    console = page.locator(".language-console", has_text=shown).first
    console.hover()
    console.get_by_role("button").first.click()
    lines = page.evaluate("copied").split("\n")
    assert len(lines) == len(copied)
    assert all(map(str.startswith, lines, copied))
