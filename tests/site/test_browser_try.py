"""A page's "Try it here" in a browser: its button, its editor, Python in the page."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.site.test_browser import browser

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["browser"]  # a fixture

SHOUT = ROOT / "01_echo" / "exercises" / "1_shout"
SOLUTION = SHOUT / "solution.py"
PYODIDE = ROOT / "docs" / "assets" / "pyodide" / "pyodide.mjs"
TIME_LIMIT = 45_000  # milliseconds; before pytest takes it for a hang

with_pyodide = pytest.mark.skipif(
    not PYODIDE.is_file(),
    reason="no Pyodide in the site: python docs/machinery/try_here/pyodide.py",
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Says nothing about a request."""


class Server(ThreadingHTTPServer):
    """A web server that does not mind when a page goes in the middle of an answer."""

    def handle_error(self, *_: object) -> None:
        """Says nothing about a lost connection."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site on a web server of this machine."""
    handler = partial(Quiet, directory=str(site))
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """A tab with the exercises of stage 1."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIME_LIMIT)
        page.goto(f"{address}/01_echo_exercises.html")
        yield page


def place_of(page: "Page", file: str = "shout.py") -> "Locator":
    """Returns the place to try an exercise, by default the first."""
    return page.locator(f'.try[data-file$="/{file}"]')


def open_editor(page: "Page", file: str = "shout.py") -> "Locator":
    """Clicks the button, and returns the place with the editor in it."""
    place = place_of(page, file)
    place.get_by_role("button", name="Try it here").click()
    place.get_by_role("textbox").wait_for()
    return place


def write(page: "Page", text: str, file: str = "shout.py") -> None:
    """Replaces what is in the editor."""
    place_of(page, file).get_by_role("textbox").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def wait_for(place: "Locator", status: str) -> None:
    """Waits until the place says something."""
    place.get_by_role("status").filter(has_text=status).wait_for()


def test_from_a_usb_stick_it_says_what_to_do_instead(
    browser: "Browser", site: Path
) -> None:
    """A page that was opened as a file has no button, but the command."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((site / "01_echo_exercises.html").as_uri())
        told = place_of(page).inner_text()
    assert "from a web server" in told
    assert "python -m pytest 01_echo/exercises/1_shout" in told


def test_nothing_is_fetched_before_the_click(browser: "Browser", address: str) -> None:
    """Neither the editor nor Python nor the course."""
    asked: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/01_echo_exercises.html", wait_until="networkidle")
    assert [url for url in asked if "/assets/try/" in url] == [
        f"{address}/assets/try/try.js"
    ]
    assert [url for url in asked if "pyodide" in url] == []


def test_without_a_network_it_says_what_to_do_instead(page: "Page") -> None:
    """If Python cannot be loaded, the reader gets a sentence and the command."""
    page.route("**/pyodide.mjs", lambda route: route.abort())
    place = open_editor(page)
    wait_for(place, "Python could not be loaded")
    wait_for(place, "python -m pytest 01_echo/exercises/1_shout")


@with_pyodide
def test_a_reader_solves_an_exercise(page: "Page") -> None:
    """The starter is told what is missing, and the solution is good."""
    place = open_editor(page)
    wait_for(place, "Ready")
    assert not place.get_by_role("button", name="Stop").is_visible()
    assert not place.get_by_role("progressbar").is_visible()
    place.get_by_role("button", name="Run the tests").click()
    wait_for(place, "passes 2 of 5 tests")
    assert "Alice should receive b'HELLO\\n'" in place.inner_text()
    write(page, SOLUTION.read_text("utf-8"))
    page.keyboard.press("Control+Enter")
    wait_for(place, "passes all 5 tests")
    assert "b'HELLO\\n'" in place.locator("figure").inner_text()


@with_pyodide
def test_a_reader_changes_a_program(page: "Page", address: str) -> None:
    """One without tests is run, and its tracks are drawn from what it has become."""
    page.goto(f"{address}/deferreds.html")
    place = open_editor(page, "recovered.py")
    wait_for(place, "Ready")
    source = (ROOT / "docs" / "deferreds" / "recovered.py").read_text("utf-8")
    write(page, source.replace("Too busy", "#12"), "recovered.py")
    place.get_by_role("button", name="Run it").click()
    wait_for(place, "recovered.py has run.")
    assert "It printed:\n12" in place.inner_text()
    passed = place.locator("figure .passed text")
    assert passed.all_text_contents() == ["no_number"]


@with_pyodide
def test_an_endless_loop_can_be_stopped(page: "Page") -> None:
    """By the button, and by itself after ten seconds; then tests run again."""
    place = open_editor(page)
    wait_for(place, "Ready")
    source = SOLUTION.read_text("utf-8")
    write(page, f"{source}        while True:\n            pass\n")
    run = place.get_by_role("button", name="Run the tests")
    run.click()
    wait_for(place, "Running")
    place.get_by_role("button", name="Stop").click()
    wait_for(place, "Stopped")
    run.click()
    wait_for(place, "Still busy after 10 seconds")
    write(page, source)
    run.click()
    wait_for(place, "passes all 5 tests")


@with_pyodide
def test_who_waits_for_a_loop_gets_a_turn(page: "Page") -> None:
    """When one exercise is stopped, another that waited for it is judged."""
    first, second = open_editor(page), open_editor(page, "visitors.py")
    wait_for(second, "Ready")
    source = SOLUTION.read_text("utf-8")
    write(page, f"{source}        while True:\n            pass\n")
    for place in (first, second):
        place.get_by_role("button", name="Run the tests").click()
        wait_for(place, "Running")
    first.get_by_role("button", name="Stop").click()
    wait_for(first, "Stopped")
    wait_for(second, "passes 1 of 5 tests")


def test_what_was_written_is_kept_until_it_is_reset(page: "Page") -> None:
    """The text is there on the next visit, and Reset brings the starter back."""
    open_editor(page)
    write(page, "# mine\n")
    page.reload()
    editor = open_editor(page).get_by_role("textbox")
    assert "# mine" in editor.inner_text()
    place_of(page).get_by_role("button", name="Reset").click()
    assert "Your turn" in editor.inner_text()


def test_it_is_accessible_after_the_click(page: "Page") -> None:
    """Axe has nothing against the editor, in either scheme."""
    from tests.site.browser_view import AXE, VIOLATIONS

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        open_editor(page)
        page.evaluate(AXE)
        assert page.evaluate(VIOLATIONS) == []
