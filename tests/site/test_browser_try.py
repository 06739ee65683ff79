"""A page's "Try it here" in a browser: its button, its editor, Python in the page."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.machinery.diagrams.tracks import PROGRAMS
from docs.machinery.exercises.folder import Exercise, task_at
from tests import ROOT
from tests.site.test_browser import browser

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

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
    place.locator(".cm-content").wait_for()
    return place


def write(page: "Page", text: str, file: str = "shout.py") -> None:
    """Replaces what is in the editor."""
    place_of(page, file).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def wait_for(place: "Locator", status: str) -> None:
    """Waits until the place says something."""
    place.get_by_role("status").filter(has_text=status).first.wait_for()


def impatient(page: "Page", site: Path, script: str, *limits: str) -> None:
    """Gives a script another limit where it has one, such as `run: 10`."""
    text = (site / "assets" / "try" / script).read_text("utf-8")
    for limit in limits:
        name = re.escape(limit.rpartition(" ")[0])
        text, found = re.subn(rf"{name} \d+", limit, text)
        assert found == 1
    page.route(
        f"**/{script}",
        lambda route: route.fulfill(body=text, content_type="text/javascript"),
    )


# Sends all that is to be tried to one worker, as pages do one by one.
TRY_ALL = """async ([pyodide, tries]) => {
  const worker = new Worker("assets/try/worker.js", {type: "module"});
  const send = (message) => new Promise((resolve) => {
    worker.onmessage = ({data}) => {
      if ("result" in data) resolve(data.result);
      else if (data.failed) resolve({told: [data.failed]});
    };
    worker.postMessage(message);
  });
  await send({pyodide, pack: new URL("assets/try/course.zip", location).href});
  const results = [];
  for (const [path, text, , wish] of tries)
    results.push(await send({path, text, wish}));
  worker.terminate();
  return results;
}"""


# Returns what is to be tried on some pages, each a path and the text in the editor.
LIST_ALL = """async (pages) => {
  const text = async (url) => (await fetch(url)).text();
  const tries = [];
  for (const page of pages) {
    const dom = new DOMParser().parseFromString(await text(page), "text/html");
    for (const place of dom.querySelectorAll(".try")) {
      const link = place.previousElementSibling.querySelector(".filename a");
      const source = await text(link.getAttribute("href"));
      tries.push([place.dataset.file, source, place.dataset.room]);
    }
  }
  return tries;
}"""


@with_pyodide
def test_all_that_can_be_tried_runs_as_it_stands_and_solved(
    page: "Page", site: Path, address: str
) -> None:
    """A stage and a program are good; a starter is not, but its solution is.

    Each server's room opens, and somebody is there.
    """
    listed = page.evaluate(LIST_ALL, sorted(file.name for file in site.glob("*.html")))
    # A file, its text, what is told of it, and what a room wishes.
    tries: list[tuple[str, str, str, dict[str, None] | None]] = []
    for name, text, room in listed:
        if room:
            tries.append((name, text, "", {"script": None}))
        if room == "only":
            continue
        file = ROOT / name
        task = None if file.parent == PROGRAMS else task_at(file)
        if isinstance(task, Exercise):
            solution = task.solution.read_text("utf-8")
            tries.append((name, solution, "passes all", None))
            told = "The first to fix"
        else:
            told = "passes all" if task else "has run"
        tries.append((name, text, told, None))
    results = page.evaluate(TRY_ALL, [f"{address}/assets/pyodide/", tries])
    assert len(listed) > 40
    assert [
        (name, result["told"])
        for (name, _, told, wish), result in zip(tries, results, strict=True)
        if not wish and told not in result["told"][0]
    ] == []
    assert [
        (name, result)
        for (name, _, _, wish), result in zip(tries, results, strict=True)
        if wish and not result["clients"]
    ] == []


def test_from_a_usb_stick_it_says_what_to_do_instead(
    browser: "Browser", site: Path
) -> None:
    """A page that was opened as a file has no button, but the command."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((site / "01_echo_exercises.html").as_uri())
        told = str(place_of(page).text_content())  # which may be out of sight
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


def cut(route: "Route") -> None:
    """Sends the beginning of a file as if it were all."""
    file = PYODIDE.with_name(route.request.url.rpartition("/")[2])
    route.fulfill(body=file.read_bytes()[:10_000])


@with_pyodide
@pytest.mark.parametrize(
    ("file", "fault", "reason"),
    [
        ("pyodide.mjs", lambda route: route.abort(), "Failed to fetch"),
        ("pyodide.asm.wasm", lambda route: route.fulfill(status=503), "says 503"),
        ("pyodide.asm.wasm", cut, "WebAssembly"),
        ("pyodide.asm.wasm", lambda _: None, "nothing came for 1 seconds"),
        ("course.zip", lambda _: None, "nothing came for 1 seconds"),
    ],
)
def test_a_file_that_does_not_come_is_told_of(
    page: "Page", site: Path, file: str, fault: "Callable[[Route], object]", reason: str
) -> None:
    """It is asked for twice; then the reader gets a sentence and the command."""
    asked = []

    def answer(route: "Route") -> None:
        asked.append(route.request.url)
        fault(route)

    impatient(page, site, "worker.js", "PATIENCE = 1")
    page.route(f"**/{file}", answer)
    place = open_editor(page)
    wait_for(place, f"Python could not be loaded: {file}: ")
    wait_for(place, reason)
    wait_for(place, "python -m pytest 01_echo/exercises/1_shout")
    assert len(asked) == 2
    assert place.get_by_role("button", name="Run the tests").is_enabled()
    assert not place.get_by_role("progressbar").is_visible()


@with_pyodide
def test_a_page_that_forbids_wasm_is_told_of(page: "Page", site: Path) -> None:
    """A content security policy may do so; then Python cannot be loaded."""
    text = (site / "assets" / "try" / "worker.js").read_text("utf-8")
    policy = {"Content-Security-Policy": "script-src 'self'"}
    headers = {"Content-Type": "text/javascript", **policy}
    page.route("**/worker.js", lambda route: route.fulfill(body=text, headers=headers))
    place = open_editor(page)
    wait_for(place, "Python could not be loaded: pyodide.asm.wasm: ")
    wait_for(place, "python -m pytest 01_echo/exercises/1_shout")


def test_an_editor_that_does_not_come_can_be_asked_for_again(page: "Page") -> None:
    """Until it comes there is a sentence, the command, and a button."""
    page.route("**/editor.js", lambda route: route.abort())
    place = place_of(page)
    place.get_by_role("button", name="Try it here").click()
    again = place.get_by_role("button", name="Try again")
    again.wait_for()
    assert "The editor could not be loaded" in place.inner_text()
    assert "python -m pytest 01_echo/exercises/1_shout" in place.inner_text()
    assert not place.get_by_role("progressbar").count()
    page.unroute("**/editor.js")
    again.click()
    place.get_by_role("textbox").wait_for()


def test_loading_begins_while_the_pointer_rests_on_the_button(page: "Page") -> None:
    """So that less is left to wait for after the click."""
    with page.expect_request("**/worker.js"), page.expect_request("**/editor.js"):
        place_of(page).get_by_role("button", name="Try it here").hover()


NOTE_STATUS = """place => {
  const note = () => told.push(place.querySelector("[role=status]")?.textContent);
  window.told = [];
  new MutationObserver(note).observe(place, {childList: true, subtree: true});
}"""


@with_pyodide
def test_a_reader_solves_an_exercise(page: "Page") -> None:
    """The starter is told what is missing, and the solution is good.

    One file fails once, and nobody notices. What Python does meanwhile is told.
    """
    faults = [503]

    def answer(route: "Route") -> None:
        if faults:
            route.fulfill(status=faults.pop())
        else:
            route.continue_()

    page.route("**/pyodide-lock.json", answer)
    place_of(page).evaluate(NOTE_STATUS)
    place = open_editor(page)
    wait_for(place, "Ready")
    assert not faults
    phases = re.sub(r"[\d.]+ of [\d.]+ MB|", "", " ".join(page.evaluate("told")))
    starting = (
        "Loading Python and Twisted.* Starting Python.* Importing Twisted.* Ready"
    )
    assert re.search(starting, phases)
    assert not place.get_by_role("button", name="Stop").is_visible()
    assert not place.get_by_role("progressbar").is_visible()
    place.get_by_role("button", name="Run the tests").click()
    wait_for(place, "passes 2 of 5 tests")
    result = place.get_by_role("region", name="Result")
    assert "Alice should receive b'HELLO\\n'" in result.inner_text()
    write(page, SOLUTION.read_text("utf-8") + "        self.lost()\n")
    page.keyboard.press("Control+Enter")
    wait_for(place, "passes 0 of 5 tests")
    assert place.locator(".try-failing").all_inner_texts() == ["        self.lost()"]
    write(page, SOLUTION.read_text("utf-8"))
    page.keyboard.press("Control+Enter")
    wait_for(place, "passes all 5 tests")
    place.locator("figure", has_text="b'HELLO\\n'").wait_for()
    assert not place.locator(".try-failing").count()
    heading = page.get_by_role("heading", name=re.compile(r"^1\. Shout.* passed"))
    for _visit in ("this one", "the next one"):
        heading.wait_for()
        assert page.get_by_role("img", name="passed").count() > heading.count()
        page.reload()


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
def test_what_never_ends_is_stopped(page: "Page", site: Path) -> None:
    """A loop after so many lines, a sleep after so many seconds, anything by a click.

    Then tests run again, and those of another exercise that had to wait.
    """
    impatient(page, site, "try.js", "run: 3", "SLOW = 0")
    page.reload()
    first, second = open_editor(page), open_editor(page, "visitors.py")
    wait_for(second, "Ready")
    run = first.get_by_role("button", name="Run the tests")
    source = SOLUTION.read_text("utf-8")
    write(page, f"{source}        while True:\n            pass\n")
    run.click()
    wait_for(first, "Stopped in shout.py, line 1")
    assert (
        "a loop that never ends?"
        in first.get_by_role("region", name="Result").inner_text()
    )
    assert first.locator(".try-failing").count() == 1
    write(page, source)
    run.click()
    wait_for(first, "passes all 5 tests")
    write(page, f"import time\n{source}        time.sleep(99)\n")
    run.click()
    wait_for(first, "no line of yours has run for 3 seconds")
    for place in (first, second):
        place.get_by_role("button", name="Run the tests").click()
    wait_for(first, "Running")
    first.get_by_role("button", name="Stop").click()
    wait_for(first, "Stopped.")
    wait_for(second, "passes 1 of 5 tests")


def test_what_was_written_is_kept_until_it_is_reset(page: "Page") -> None:
    """The text is there on the next visit, and Reset brings the starter back."""
    open_editor(page)
    write(page, "# mine\n")
    page.reload()
    editor = open_editor(page).locator(".cm-content")
    assert "# mine" in editor.inner_text()
    place_of(page).get_by_role("button", name="Reset").click()
    assert "Your turn" in editor.inner_text()


def without_python(page: "Page") -> None:
    """Lets it fail at once: a test that looks at the page has nothing to wait for."""
    page.route("**/pyodide/*", lambda route: route.abort())


def test_a_long_program_leaves_the_verdict_in_sight(page: "Page") -> None:
    """The editor scrolls by itself; the buttons and what is said stay in the window."""
    without_python(page)
    place = open_editor(page)
    write(page, "x = 1\n" * 300)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Enter")
    wait_for(place, "Python could not be loaded")
    screen = page.evaluate("innerHeight")
    editor = place.locator(".cm-editor").bounding_box()
    assert editor
    assert editor["height"] <= 0.6 * screen
    for seen in (place.get_by_role("button", name="Run"), place.get_by_role("status")):
        box = seen.bounding_box()
        assert box
        assert 0 <= box["y"] <= screen - box["height"]


def test_it_is_accessible_after_the_click(page: "Page") -> None:
    """Axe has nothing against the editor, in either scheme, long as it may be.

    Nor against a button that the pointer is on, or that has been clicked.
    """
    from tests.site.browser_view import AXE, VIOLATIONS

    without_python(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        place = open_editor(page)
        write(page, "x = 1\n" * 100)
        reset = place.get_by_role("button", name="Reset")
        page.evaluate(AXE)
        for act in (reset.hover, reset.click):
            act()
            reset.evaluate("e => Promise.all(e.getAnimations().map(a => a.finished))")
            assert page.evaluate(VIOLATIONS) == []
            write(page, "x = 1\n" * 100)
