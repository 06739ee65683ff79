"""Questions, and lines to be put in order, in a browser: by keyboard and by mouse."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.machinery.exercises.folder import Exercise
from docs.machinery.quiz.order import lines_of, puzzle_of
from tests import ROOT
from tests.site.test_browser import browser
from tests.site.test_browser_try import TIME_LIMIT, address, with_pyodide

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["address", "browser"]  # fixtures

LAST_WORD = Exercise(ROOT / "01_echo" / "exercises" / "4_last_word")


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """A tab with the questions. The test fails if anything goes wrong in it."""
    errors: list[str] = []
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(TIME_LIMIT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/questions.html")
        yield page
    assert errors == []


def open_order(page: "Page") -> "Locator":
    """Unfolds the lines of an exercise, and returns their place."""
    page.get_by_text("Warm up").click()
    return page.locator(".order")


def test_a_question_is_answered_by_keyboard(page: "Page") -> None:
    """Arrows choose and tell nothing; Enter tells why; the next visit remembers it."""
    from tests.site.browser_view import AXE, UNFOLD, VIOLATIONS, ask

    quiz = page.locator(".quiz").first
    told = quiz.get_by_role("status")
    assert not quiz.locator("summary").is_visible()
    quiz.get_by_role("button", name="Check").press("Enter")
    assert told.inner_text() == "Choose an answer first."
    quiz.get_by_role("radio").first.press("Space")
    page.keyboard.press("ArrowDown")
    assert told.inner_text() == ""
    page.keyboard.press("Enter")
    assert "All clients of a server hear each other." in told.inner_text()
    page.keyboard.press("ArrowDown")
    assert told.inner_text() == ""
    page.keyboard.press("Enter")
    assert told.inner_text().startswith("C. Right.")
    page.reload()
    assert told.inner_text().startswith("C. Right.")
    assert quiz.get_by_role("radio", checked=True).get_attribute("value") == "C"
    quiz.locator("summary").click()
    assert quiz.locator("details p").count() == 4
    ask(page, UNFOLD)
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []


def test_on_paper_a_question_has_no_key(page: "Page") -> None:
    """Neither an answer that was chosen, nor the reason, nor the button."""
    quiz = page.locator(".quiz").first
    quiz.get_by_role("radio").nth(2).check()
    quiz.get_by_role("button", name="Check").click()
    page.emulate_media(media="print")
    assert quiz.locator("code").first.is_visible()
    for part in ("input", "[role=status]", "details", ".md-button"):
        assert not quiz.locator(part).first.is_visible(), part


def test_without_a_script_the_answer_can_be_unfolded(
    browser: "Browser", address: str
) -> None:
    """The question stands there as it does in a book."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/questions.html")
        quiz = page.locator(".quiz").first
        quiz.locator("summary").click()
        assert quiz.get_by_text("C. Right.").is_visible()


def test_a_browser_that_keeps_nothing_is_no_error(page: "Page", address: str) -> None:
    """Questions and lines work as ever, but the next visit begins anew."""
    denied = "if (/^(quiz|order):/.test(key)) throw new DOMException('denied')"
    kept = "return null"  # as the theme gets it when nothing is kept
    for method in ("getItem", "setItem"):
        page.add_init_script(
            f"Storage.prototype.{method} = (key) => {{{denied}; {kept}}}"
        )
    page.reload()
    quiz = page.locator(".quiz").first
    quiz.get_by_role("radio").nth(2).check()
    quiz.get_by_role("button", name="Check").click()
    assert "Right." in quiz.get_by_role("status").inner_text()
    page.goto(f"{address}/01_echo_exercises.html")
    order = open_order(page)
    order.get_by_role("button", name="Down: ").first.click()
    assert order.get_by_role("status").inner_text() == "13 lines, and 0 left out."


@with_pyodide
def test_lines_are_put_in_order(page: "Page", address: str) -> None:
    """By mouse and by keyboard, which keeps its place; the tests are the judge."""
    page.goto(f"{address}/01_echo_exercises.html")
    order = open_order(page)
    lines, status = order.get_by_role("listitem"), order.get_by_role("status")
    _, shuffled = puzzle_of(LAST_WORD)
    _, solution = lines_of(LAST_WORD.solution.read_text("utf-8"))
    assert lines.count() == len(shuffled) + 1
    # A mouse drags a wrong line below all others.
    wrong = lines.nth(shuffled.index("        self.transport.abortConnection()"))
    grip = wrong.locator(".order-grip")
    grip.scroll_into_view_if_needed()
    box, last = grip.bounding_box(), lines.last.bounding_box()
    assert box
    assert last
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, last["y"] + 50, steps=20)
    page.mouse.up()
    assert status.inner_text() == "12 lines, and 1 left out."
    assert "abortConnection" in lines.last.inner_text()
    order.get_by_role("button", name="Run the tests").click()
    status.filter(has_text="Python cannot load last_word.py").wait_for()
    # By keyboard, each line of the solution goes up to its place.
    now = [line for line in shuffled if "abortConnection" not in line]
    for place, line in enumerate(solution):
        lines.nth(now.index(line)).get_by_role("button", name="Up: ").focus()
        for _ in range(now.index(line) - place):
            page.keyboard.press("Enter")
        now.remove(line)
        now.insert(place, line)
    # The other wrong line is the last of the program. It goes below the mark.
    lines.nth(len(solution)).get_by_role("button", name="Down: ").press("Enter")
    assert status.inner_text() == "11 lines, and 2 left out."
    order.get_by_role("button", name="Run the tests").click()
    status.filter(has_text="passes all").wait_for()
    page.reload()
    order = open_order(page)
    texts = order.locator("li").all_inner_texts()
    assert "Left out:" in texts[len(solution)]
    order.get_by_role("button", name="Begin again").click()
    assert "Left out:" in order.locator("li").last.inner_text()


def test_from_a_usb_stick_lines_are_ordered_but_not_judged(
    browser: "Browser", site: Path
) -> None:
    """The command is named instead."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((site / "01_echo_exercises.html").as_uri())
        order = open_order(page)
        told = order.get_by_role("status").inner_text()
        assert "python -m pytest 01_echo/exercises/4_last_word" in told
        assert not order.get_by_role("button", name="Run the tests").count()
