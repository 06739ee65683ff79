"""A room in a browser: the reader is Alice and Bob, and goes back and forth."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.site.test_browser import browser
from tests.site.test_browser_try import (
    SOLUTION,
    TIME_LIMIT,
    address,
    open_editor,
    place_of,
    wait_for,
    with_pyodide,
    write,
)

pytestmark = [pytest.mark.slow, with_pyodide]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["address", "browser"]  # fixtures

SHOUT = "01_echo/exercises/1_shout/shout.py"


@pytest.fixture(scope="module")
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """A tab with the exercises of stage 1, in which one Python is loaded once."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIME_LIMIT)
        page.goto(f"{address}/01_echo_exercises.html")
        yield page


@pytest.fixture
def shout(page: "Page") -> "Locator":
    """The first exercise as it is, with its room."""
    if not place_of(page).locator(".room").count():
        open_editor(page)
    place = place_of(page)
    terminal(place, "Alice").wait_for()
    place.get_by_role("button", name="Reset").click()
    place.get_by_role("button", name="Start again").click()
    wait_for_text(
        place, "Alice", "(connects)\nhello\nhello\nNot so loud.\nNot so loud.\n"
    )
    return place


def terminal(place: "Locator", name: str) -> "Locator":
    """Returns the terminal of a client."""
    return place.get_by_role("region", name=f"{name}'s terminal")


def text_of(place: "Locator", name: str) -> str:
    """Returns what a client sees."""
    return str(place.get_by_label(f"What {name} sees").text_content())


def wait_for_text(place: "Locator", name: str, text: str) -> None:
    """Waits until a client sees just this."""
    place.page.wait_for_function(
        "([log, text]) => log.textContent === text",
        arg=[place.get_by_label(f"What {name} sees").element_handle(), text],
    )


def type_as(place: "Locator", name: str, text: str) -> None:
    """Types a line, and presses Enter."""
    box = terminal(place, name).get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def press(place: "Locator", label: str) -> None:
    """Presses a button."""
    place.get_by_role("button", name=label).click()


def marked(place: "Locator") -> list[str]:
    """Returns the lines of the editor that are marked."""
    return place.locator(".room-ran, .room-acted").all_inner_texts()


def test_the_reader_is_everybody(shout: "Locator") -> None:
    """Alice types, Bob connects and hangs up, and the picture grows."""
    type_as(shout, "Alice", "\\o/ Zoë")
    wait_for(shout, "Alice: \\o/ Zoë")
    press(shout, "Connect another client")
    terminal(shout, "Bob").get_by_text("Bob can also").click()
    press(terminal(shout, "Bob"), "Hang up")
    wait_for(shout, "Bob: The connection is closed.")
    label = shout.locator("figure text.call").last.text_content()
    assert "ConnectionDone" in str(label)
    type_as(shout, "Bob", "again")  # which connects anew
    wait_for(shout, "Bob: again")


def test_two_pieces_and_time(shout: "Locator") -> None:
    """What a terminal cannot type has a button."""
    terminal(shout, "Alice").get_by_role("textbox").fill("ab ")
    terminal(shout, "Alice").get_by_text("Alice can also").click()
    press(terminal(shout, "Alice"), "Send it in two pieces")
    wait_for(shout, "ab")
    press(shout, "A minute passes")
    shout.locator(".room-state").get_by_text("60 s").wait_for()
    told = shout.locator("figure text.call").all_text_contents()
    assert told[-2:] == ["dataReceived(b'ab')", "dataReceived(b' \\n')"]


def test_the_slider_goes_back_and_on_from_there(shout: "Locator") -> None:
    """Each event marks its line; another action takes the place of what came later."""
    slider = shout.get_by_role("slider")
    slider.focus()
    for _ in range(2):
        slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == (
        "Event 3 of 5: transport.write(b'hello\\n')"
    )
    wait_for_text(shout, "Alice", "(connects)\nhello\nhello\n")
    assert marked(shout) == [
        "        self.transport.write(data)  # Your turn: in capitals."
    ]
    slider.press("Home")
    assert marked(shout) == []
    for _ in range(2):
        slider.press("ArrowRight")
    type_as(shout, "Alice", "other")
    wait_for_text(shout, "Alice", "(connects)\nhello\nhello\nother\nother\n")


def test_a_change_is_played_and_what_differs_is_shown(
    shout: "Locator", page: "Page"
) -> None:
    """The same actions meet the new code; an error shows its line."""
    write(page, SOLUTION.read_text("utf-8"))
    different = shout.locator(".room-changed")
    different.locator("ins", has_text="Alice receives HELLO").wait_for()
    write(page, SOLUTION.read_text("utf-8").replace("data.upper()", "data + 1"))
    wait_for(shout, "Alice sends, but is not connected.")
    server = shout.get_by_role("region", name="The server's terminal")
    assert "TypeError: can't concat int to bytes" in server.inner_text()
    shout.get_by_role("slider").press("ArrowLeft")
    assert shout.locator(".try-failing").count() == 1


def test_a_loop_is_stopped(shout: "Locator", page: "Page") -> None:
    """The room is as it was before the action, and goes on."""
    loop = "if data == b'go\\n':\n            while True: pass\n        "
    source = (ROOT / SHOUT).read_text("utf-8")
    write(page, source.replace("self.transport", f"{loop}self.transport"))
    type_as(shout, "Alice", "go")
    wait_for(shout, "Stopped: your code never ends, in line 15.")
    type_as(shout, "Alice", "on")
    wait_for(shout, "Alice: on")
    assert "go\n" not in text_of(shout, "Alice")


def test_the_case_that_fails_is_played(shout: "Locator") -> None:
    """What the first failed test did, with the reader's own code."""
    press(shout, "Run the tests")
    press(shout, "Play the case that fails")
    wait_for_text(shout, "Alice", "(connects)\nhello\nhello\n")


def test_a_link_and_a_reload_bring_it_back(
    shout: "Locator", page: "Page", browser: "Browser", address: str
) -> None:
    """A link has the script, and the code if it was changed. No server keeps it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    type_as(shout, "Alice", "linked")
    wait_for(shout, "Alice: linked")
    write(page, SOLUTION.read_text("utf-8"))
    shout.locator(".room-changed ins", has_text="LINKED").wait_for()
    press(shout, "Copy as a diagram")
    wait_for(shout, "The script is copied.")
    fence = page.evaluate("navigator.clipboard.readText()")
    assert "server: 01_echo/exercises/1_shout Shout\n---\nAlice connects\n" in fence
    press(shout, "Copy a link")
    wait_for(shout, "A link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    with browser.new_context() as context:
        other = context.new_page()
        other.set_default_timeout(TIME_LIMIT)
        other.goto(link)
        place = open_editor(other)
        terminal(place, "Alice").wait_for()
        assert "LINKED" in text_of(place, "Alice")
        other.goto(f"{address}/01_echo_exercises.html?again")
        place = open_editor(other)
        terminal(place, "Alice").wait_for()
        assert "LINKED" in text_of(place, "Alice")


def test_a_room_is_accessible(shout: "Locator", page: "Page") -> None:
    """Axe has nothing against it with all opened, in either scheme, on a phone."""
    from tests.site.browser_view import AXE, VIOLATIONS

    in_room = VIOLATIONS.replace("axe.run({", "axe.run('.room, .cm-editor', {")
    press(shout, "Connect another client")
    for name in ("Alice", "Bob"):
        more = terminal(shout, name).locator("details")
        more.evaluate("more => { more.open = true; }")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate(AXE)
        assert page.evaluate(in_room) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize(
    ("file", "line", "seen"),
    [
        ("01_echo/echo_server.py", "Bob: hi", "hi\nhi\n"),
        ("02_http_counter/counter_server.py", "Browser: /x", "I am request #2\n"),
        ("03_chat/chat_commands.py", "Bob: /msg #lobby hi", "#lobby <guest2> hi\n"),
    ],
)
def test_each_stage_can_be_played(
    browser: "Browser", address: str, file: str, line: str, seen: str
) -> None:
    """Its own page has its room."""
    who, typed = line.split(": ")
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIME_LIMIT)
        page.goto(f"{address}/{file.partition('/')[0]}.html")
        place = open_editor(page, file.rpartition("/")[2])
        terminal(place, who).wait_for()
        type_as(place, who, typed)
        wait_for(place, seen.splitlines()[-1])
        assert text_of(place, who).endswith(seen)
