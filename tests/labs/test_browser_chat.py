"""The chat's page in a real browser, with people in other browsers and terminals."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.labs.person import Person
from tests.site.test_browser import browser
from tests.stage_process import LOOPBACK, TIME_LIMIT, Stage, serving

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # a fixture

SERVER = "03_chat/labs/web_chat.py"
LESS_WAITS = f"""
import runpy, sys
sys.path[:0] = ["03_chat/labs", "03_chat"]
import outbox
outbox.Outbox.LIMIT = 8 * 1024  # or it would take some seconds to fill one
runpy.run_path({SERVER!r}, run_name="__main__")
"""
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

HOSTILE = [
    "<script>document.title = 'evil'</script>",
    "<img src=x onerror=\"document.title = 'evil'\">",
    "<b>bold</b> &lt;i&gt; \" ' `",
    "javascript:alert(1)",
    "\u200f\u05e9\u05dc\u05d5 <tom> hello",  # a direction, which must not spread
    "👩‍👩‍👧 and " + "w" * 400,
]


class Room:
    """A server, and the people in it."""

    def __init__(self, browser: "Browser", stack: ExitStack) -> None:
        """`stack` closes what is opened here."""
        self.browser = browser
        self.stack = stack
        self.errors: list[str] = []  # what went wrong in any page

    def serve(self, *where: str, script: tuple[str, ...] = (SERVER,)) -> Stage:
        """Starts the server."""
        self.stage = self.stack.enter_context(serving(*script, *where))
        self.url = re.findall(r"http\S+/", self.stage.announcement)[0]
        return self.stage

    def terminal(self, nick: str) -> Person:
        """Connects somebody by TCP, who takes a name."""
        person = Person(self.stage, self.stack)
        person.say(f"/nick {nick}")
        person.hear(f"is now known as {nick}")
        return person

    def page(
        self,
        nick: str,
        size: dict[str, int] = LAPTOP,
        scheme: Literal["light", "dark"] = "light",
    ) -> "Page":
        """Opens the page in a browser of its own, and takes a name."""
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme=scheme,
            ignore_https_errors=True,
            reduced_motion="reduce",
        )
        self.stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(TIME_LIMIT * 1000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(dialog.message))
        page.goto(self.url)
        status(page, "You are guest")
        page.get_by_label("Your name").fill(nick)
        page.get_by_role("button", name="Change").click()
        status(page, f"You are {nick}")
        return page


def status(page: "Page", text: str) -> None:
    """Waits until the page says so of its connection."""
    page.get_by_role("status").get_by_text(text).wait_for()


def say(page: "Page", text: str) -> None:
    """Types a line, and Enter."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def read(page: "Page", text: str) -> None:
    """Waits until a line of the channel that is shown has this text."""
    page.get_by_role("log").get_by_text(text, exact=True).wait_for()


def place(page: "Page", name: str) -> None:
    """Goes to another channel or person."""
    page.get_by_role("navigation").get_by_role("button", name=name).click()
    page.get_by_role("heading", name=name).wait_for()


@pytest.fixture
def room(browser: "Browser") -> Iterator[Room]:
    """A server. The test fails if anything goes wrong in a page."""
    with ExitStack() as stack:
        room = Room(browser, stack)
        room.serve(LOOPBACK, LOOPBACK)
        yield room
    assert room.errors == []


def test_two_pages_and_a_terminal(room: Room) -> None:
    """All read each other, in channels and in private, and see who is here."""
    ann, bob, tina = (
        room.page("ann"),
        room.page("bob", PHONE, "dark"),
        room.terminal("tina"),
    )
    ann.get_by_role("complementary").get_by_text("tina").wait_for()
    bob.get_by_text("Here: 3").click()
    bob.get_by_role("complementary").get_by_text("tina").wait_for()
    say(ann, "hello from a page")
    tina.hear("#lobby <ann> hello from a page")
    tina.say("/msg #lobby hello from a terminal")
    for page in (ann, bob):
        read(page, "hello from a terminal")

    # A channel of their own: the other one shows what has not been read.
    tina.say("/join #tea")
    ann.get_by_label("A channel to join").fill("Tea")
    ann.keyboard.press("Enter")
    ann.get_by_role("heading", name="#tea").wait_for()
    say(ann, "milk?")
    tina.hear("#tea <ann> milk?")
    say(bob, "anybody?")
    ann.get_by_role("button", name="#lobby 1 unread").wait_for()
    assert ann.title() == "(1) Chat"

    # In private, between two pages: what is said stands with whom it was said to.
    say(ann, "/msg bob psst")
    ann.get_by_role("navigation").get_by_role("button", name="bob").wait_for()
    bob.get_by_role("navigation").get_by_role("button", name="ann").click()
    read(bob, "psst")
    say(bob, "what?")
    place(ann, "bob")
    read(ann, "psst")
    read(ann, "what?")
    say(ann, "/msg nobody psst")
    read(ann, "nobody here is called nobody")

    # A name that is taken, by somebody in a terminal.
    bob.get_by_label("Your name").fill("TINA")
    bob.get_by_role("button", name="Change").click()
    read(bob, "TINA is taken, choose another nick")
    say(bob, "/nick robert")
    place(ann, "#lobby")
    read(ann, "bob is now known as robert")
    ann.get_by_role("navigation").get_by_role("button", name="robert").wait_for()
    ann.get_by_role("button", name="Leave").click()
    tina.hear("ann has left #lobby")
    ann.get_by_role("heading", name="#tea").wait_for()
    bob.close()
    tina.hear("* robert has left #lobby")


def test_typing(room: Room) -> None:
    """Typed text stays, Tab completes, and a message that is too long isn't sent."""
    ann, tina, tom = room.page("ann"), room.terminal("tina"), room.terminal("Tom")
    ann.get_by_role("complementary").get_by_text("Tom").wait_for()
    field = ann.get_by_label("Your message")
    field.press_sequentially("hello t")
    tina.say(*(f"/msg #lobby {number}" for number in range(40)))
    read(ann, "39")
    assert field.input_value() == "hello t"
    for completed in ["hello Tom ", "hello tina ", "hello Tom "]:
        field.press("Tab")
        assert field.input_value() == completed
    field.press_sequentially("x")
    field.press("Tab")  # completes nothing, so it moves on
    assert ann.evaluate("document.activeElement.textContent") == "Send"
    ann.keyboard.press("Enter")
    tom.hear("#lobby <ann> hello Tom x")
    field.fill("t")
    field.press("Tab")
    assert field.input_value() == "Tom: "
    say(ann, "é" * 250 + "12345")
    read(ann, "Too long by 5 bytes")
    assert field.input_value().endswith("12345")
    log = ann.get_by_role("log")
    tina.say(*(f"/msg #lobby number {number}" for number in range(700)))
    read(ann, "number 699")
    ann.locator("p:nth-child(500):last-child").wait_for()  # it is drawn
    assert log.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 1
    log.evaluate("""e => new Promise((scrolled) => {
      e.addEventListener("scroll", scrolled);
      e.scrollTop = 0;
    })""")
    tina.say("/msg #lobby one more")
    read(ann, "one more")
    assert log.evaluate("e => e.scrollTop") == 0


def test_text_stays_text(room: Room) -> None:
    """Nothing that a member writes becomes a part of the page, or leaves its line."""
    ann, tina = room.page("ann"), room.terminal("tina")
    for text in HOSTILE:
        tina.say(f"/msg #lobby {text}")
    for text in HOSTILE:
        read(ann, text)
    assert ann.title() == "Chat"
    assert ann.locator("script, img, main b b").count() == 1  # the page's own script
    for bad in ["\x1b[2Jgone", "\u202egnp.exe", "\u2066hidden"]:
        say(ann, bad)
        ann.get_by_text("a line has no control characters").last.wait_for()
        ann.reload()
        status(ann, "You are ann")
    assert ann.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_accessible(room: Room, scheme: Literal["light", "dark"]) -> None:
    """Wide and on a phone: contrast, names, keyboard, and nothing too wide."""
    from tests.site.browser_view import AXE, TOO_WIDE, UNSEEN_STOPS, VIOLATIONS, ask

    ann, tina = room.page("ann", LAPTOP, scheme), room.terminal("tina")
    names = [f"m{number}" for number in range(36)]
    tina.say("/join #tea", *(f"/nick {name}" for name in names))  # a color for each
    tina.say("/msg #lobby " + "w" * 450, "/msg ann psst", "/nick", "/msg ann hi")
    tina.hear("is now known as m35")
    say(ann, "/nick m35")
    read(ann, "m35 is taken, choose another nick")
    say(ann, "/join #" + "m" * 16)
    ann.evaluate(AXE)
    for size in (LAPTOP, PHONE):
        ann.set_viewport_size({"width": size["width"], "height": size["height"]})
        place(ann, "#lobby")
        ann.keyboard.press("Tab")  # from now on, what has the focus is shown
        assert ask(ann, UNSEEN_STOPS) == []
        assert ask(ann, TOO_WIDE) == []
        log = ann.get_by_role("log")
        assert log.evaluate("e => e.scrollWidth <= e.clientWidth")
        assert ann.evaluate(VIOLATIONS) == []


def test_comes_back_after_a_restart(browser: "Browser", tmp_path: Path) -> None:
    """Under the same name, to the same channels, with what was being typed."""
    with ExitStack() as stack:
        room = Room(browser, stack)
        history = f"--history={tmp_path / 'history'}"
        where = [f"tcp:{free_port()}:interface=127.0.0.1" for _ in range(2)]
        first = room.serve(history, *where)
        ann = room.page("ann")
        for channel in ("#milk", "#tea"):
            say(ann, f"/join {channel}")
            ann.get_by_role("heading", name=channel).wait_for()
        say(ann, "/leave #lobby")
        say(ann, "before")
        read(ann, "before")
        first.process.terminate()
        assert first.wait() == (0, "")
        status(ann, "Not connected")
        ann.get_by_label("Your message").fill("half a thought")
        ann.keyboard.press("Enter")
        room.serve(history, *where)
        tina = room.terminal("tina")
        tina.say("/join #tea")
        status(ann, "You are ann")
        tina.hear("ann has joined #tea")
        ann.get_by_role("complementary").get_by_text("tina").wait_for()
        assert ann.get_by_label("Your message").input_value() == "half a thought"
        ann.get_by_label("Your message").press("Enter")
        tina.hear("#tea <ann> half a thought")
        read(ann, "half a thought")
        assert ann.get_by_text("before", exact=True).count() == 1
        tina.say("/leave #tea", "/join #tea")
        tina.hear("#tea <ann> before")
        assert ann.locator("#places button").all_inner_texts() == ["#milk", "#tea"]
        assert ann.get_by_role("heading", name="#tea").is_visible()


def test_a_name_that_is_taken_meanwhile(room: Room) -> None:
    """A page without a network leaves; back again, it waits for its name."""
    ann, tina = room.page("ann"), room.terminal("tina")
    ann.context.set_offline(offline=True)
    tina.hear("ann has left #lobby")
    status(ann, "Not connected")
    tina.say("/nick ann")
    ann.context.set_offline(offline=False)
    status(ann, "ann is still taken")
    tina.say("/nick tina")
    tina.hear("is now known as ann")
    status(ann, "You are ann")


def test_a_page_that_stops_reading_is_dropped(browser: "Browser") -> None:
    """The others go on, and once it reads again, it comes back by itself."""
    with ExitStack() as stack:
        room = Room(browser, stack)
        room.serve(LOOPBACK, LOOPBACK, script=("-c", LESS_WAITS))
        ann, tina, tom = room.page("ann"), room.terminal("tina"), room.terminal("tom")
        debugger = ann.context.new_cdp_session(ann)
        debugger.send("Debugger.enable")
        debugger.send("Debugger.pause")  # at the next line that arrives
        with tom.busy("/msg ann " + "x" * 480 + "\n"):
            tina.hear("* ann has left #lobby")
        assert room.stage.process.stderr is not None
        assert room.stage.process.stderr.readline().endswith("it does not read\n")
        debugger.send("Debugger.resume")
        debugger.detach()
        tina.hear("is now known as ann")
        status(ann, "You are ann")


def test_over_tls(browser: "Browser", certificate: Path) -> None:
    """The page is served by https, and its WebSocket is encrypted as well."""
    key = str(certificate / "server.pem")
    with ExitStack() as stack:
        room = Room(browser, stack)
        room.serve(f"ssl:0:privateKey={key}:interface=127.0.0.1", LOOPBACK)
        assert room.url.startswith("https://")
        ann, tina = room.page("ann"), room.terminal("tina")
        say(ann, "hello")
        tina.hear("#lobby <ann> hello")
        ann.evaluate("close()")
        ann.close()
        tina.hear("ann has left #lobby")
    assert room.errors == []


def test_another_page_is_kept_out(room: Room) -> None:
    """A page of another site cannot open a WebSocket to this server."""
    page = room.browser.new_page()
    room.stack.callback(page.close)
    answer = page.evaluate(
        """(address) => new Promise((answer) => {
          const socket = new WebSocket(address);
          socket.onopen = () => answer("open");
          socket.onerror = () => answer("refused");
        })""",
        room.url.replace("http", "ws") + "chat",
    )
    assert answer == "refused"


def free_port() -> int:
    """Returns the number of a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
