"""A conversation in a terminal, with the stage's server, all in memory."""

import os
import time
from unittest.mock import patch

from chat_commands import NAME_RULE
from chat_server import ChatFactory
from conversation import Conversation
from input_line import CLEAR, CUT, MARK, Keyboard
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from tests.stage_process import posix_only
from tests.stages.test_chat_server import Client

HINT = "* Say something, or /help"


class Terminal:
    """Somebody at a terminal, whose client is connected when a test says so."""

    def __init__(self, *, colors: bool = False) -> None:
        """Sits down."""
        self.screen = StringTransport()
        self.chat = Conversation(lambda: 80, colors=colors)
        self.keyboard = Keyboard(lambda: self.chat)
        self.keyboard.makeConnection(self.screen)
        self.server: Client | None = None

    def connects(self, factory: ChatFactory) -> None:
        """Does what a new connection does."""
        self.server = server = Client(factory)

        def send(line: bytes) -> None:
            server.sends(line + b"\n")
            self.hears()

        self.chat.send_line = send
        self.hears()

    def hears(self) -> None:
        """Brings what the server has sent, to which the client may answer."""
        while self.server and (lines := self.server.reads()):
            for line in lines:
                self.chat.read(line)

    def is_cut_off(self) -> None:
        """Loses the connection."""
        assert self.server
        self.server.goes()
        self.server = self.chat.send_line = None

    def types(self, text: str) -> str:
        """Presses keys; returns the row at the end."""
        self.keyboard.dataReceived(text.encode())
        data: str = self.screen.value().decode()
        return data.rpartition(CUT)[2].partition(MARK)[0]

    def sees(self) -> list[str]:
        """Returns the lines that were shown since this was last asked."""
        self.hears()
        *shown, _row = self.screen.value().decode().split("\r\n")
        self.screen.clear()
        return [line.rpartition(CLEAR)[2] for line in shown]


class ConversationCase(SynchronousTestCase):
    """Gives each test a server, ann at a terminal, and bob with any client."""

    def setUp(self) -> None:
        """Connects both, in #lobby, with nothing left to read."""
        self.factory = ChatFactory(Clock())
        self.ann = Terminal()
        self.ann.connects(self.factory)
        self.bob = Client(self.factory)
        self.bob.says("/nick bob")
        self.ann.hears()
        self.ann.types("/nick ann\r")
        self.ann.sees(), self.bob.reads()


class TalkTests(ConversationCase):
    """What is typed, and what is shown."""

    def test_greets(self) -> None:
        """Instead of the protocol's commands there is the client's own help."""
        newcomer = Terminal()
        self.assertEqual(newcomer.types(""), "no connection> ")
        newcomer.connects(self.factory)
        self.assertEqual(newcomer.types(""), "#lobby> ")
        you, say, _ = newcomer.sees()
        self.assertEqual((you, say), ("* You are guest3", HINT))
        newcomer.types("/help\r")
        self.assertIn("/channel", "".join(newcomer.sees()))

    def test_says_plain_text_in_the_current_channel(self) -> None:
        """The prompt names it; /channel and Tab change it."""
        self.assertEqual(self.ann.types("hello  there\r"), "#lobby> ")
        self.assertEqual(self.bob.reads(), ["#lobby <ann> hello  there"])
        self.assertEqual(self.ann.types("/join #Tea\r"), "#tea> ")
        self.assertEqual(self.ann.types("\t"), "#lobby> ")
        self.assertEqual(self.ann.types("\t"), "#tea> ")
        self.assertEqual(self.ann.types("/channel lobby\r"), "#lobby> ")
        self.assertEqual(self.ann.types("/channel #MILK\r"), "#milk> ")
        self.bob.says("/join #milk")
        self.bob.reads()
        self.ann.types("in a new channel\r")
        self.assertEqual(self.bob.reads(), ["#milk <ann> in a new channel"])
        self.ann.types("/channel #lobby\r")
        self.assertEqual(self.ann.types("/leave #tea\r"), "#lobby> ")
        self.assertEqual(self.ann.types("/leave #lobby\r"), "#milk> ")

    def test_stays_where_it_is_if_a_channel_is_refused(self) -> None:
        """The server says why; and later, what somebody else does moves nobody."""
        self.assertEqual(self.ann.types("/join #not/allowed\r"), "#lobby> ")
        self.assertIn("error: a channel is", self.ann.sees()[0])
        self.ann.types("/leave #lobby\rhello?\r")
        self.assertIn("error: you are not in #lobby", self.ann.sees()[1])
        self.assertEqual(self.ann.types("\t"), "> ")

    def test_shows_the_direction_of_a_private_line(self) -> None:
        """Sender and reader can tell whose it is, and whom it is for."""
        for name, text in [("b@b", "hi"), ("x", "hi"), ("Bob", "hi"), ("ann", "hi")]:
            self.ann.types(f"/msg {name} {text}\r")
        self.bob.says("/msg ann hi")
        self.assertEqual(
            self.ann.sees(),
            [
                f"error: a nick is {NAME_RULE}",
                "error: nobody here is called x",
                "-> Bob: hi",
                "-> ann: hi",
                "<- bob: hi",
            ],
        )

    def test_completes_names(self) -> None:
        """Those that were heard of and are here, channels, and commands."""
        self.bob.says("/msg #lobby hi", "/nick robert")
        self.ann.hears()
        for typed, completed in [
            ("hello RO\t", "hello robert "),
            ("bo\t", "bo"),
            ("/le\t#lo\t", "/leave #lobby "),
            ("see /le\t", "see /le"),
        ]:
            self.assertEqual(self.ann.types(f"\x15{typed}"), f"#lobby> {completed}")
        self.bob.goes()
        self.ann.hears()
        self.assertEqual(self.ann.types("\x15rob\t"), "#lobby> rob")

    def test_completes_the_name_of_a_stranger(self) -> None:
        """Somebody who was there before, and whispers."""
        newcomer = Terminal()
        newcomer.connects(self.factory)
        self.assertEqual(newcomer.types("bo\t"), "#lobby> bo")
        self.bob.says("/msg guest3 hi")
        newcomer.hears()
        self.assertEqual(newcomer.types("\t"), "#lobby> bob ")

    def test_completes_the_names_in_a_list(self) -> None:
        """A server that tells who is in a channel is listened to."""
        self.ann.chat.read("* In #lobby: cy, dan")
        self.assertEqual(self.ann.types("c\t"), "#lobby> cy ")
        self.assertEqual(self.ann.types("d\t"), "#lobby> cy dan ")

    def test_completes_a_limited_number_of_names(self) -> None:
        """Those heard last."""
        for number in range(250):
            self.ann.chat.read(f"#lobby <n{number}> hi")
            self.ann.chat.read("#lobby <n0> hi")
        self.assertEqual(
            [*self.ann.chat.names][:: self.ann.chat.NAMES - 1], ["n51", "n0"]
        )

    def test_shows_names_in_colors(self) -> None:
        """A name has one color everywhere, and without colors it is plain."""
        colorful = Terminal(colors=True)
        colorful.connects(self.factory)
        colorful.sees()
        self.bob.says("/msg #lobby hi", "/msg guest3 <ann> hi")
        first, second = colorful.sees()
        self.assertRegex(first, "^#lobby <(\x1b\\[3[1256]m)bob\x1b\\[0m> hi$")
        self.assertEqual(second.split("<-")[1], f" {first[8:-4]}: <ann> hi")

    @posix_only
    def test_shows_the_time_here(self) -> None:
        """A history's line has its time in UTC; a malformed time is left out."""
        self.addCleanup(time.tzset)
        with patch.dict(os.environ, TZ="UTC-2"):  # which is east of Greenwich
            time.tzset()
        for stamp in ("2026-07-01 12:34", "2026-99-99 99:99", "9999-12-31 23:59"):
            self.ann.chat.read(f"[{stamp}Z] #lobby <bob> hi")
        self.assertEqual(
            self.ann.sees(),
            ["[2026-07-01 14:34] #lobby <bob> hi", *["#lobby <bob> hi"] * 2],
        )

    def test_leaves(self) -> None:
        """`/quit` does, too."""
        self.ann.types("/quit\r")
        self.assertTrue(self.ann.screen.disconnecting)


class ReconnectTests(ConversationCase):
    """What a new connection takes up of the last one."""

    def test_comes_back_as_it_was(self) -> None:
        """Name, channels, the current one, and the line that is being typed."""
        self.ann.types("/join #tea\r/join #milk\r/leave #lobby\r/channel tea\rhalf a ")
        self.ann.is_cut_off()
        self.assertEqual(self.ann.types("line\r"), "no connection> half a line")
        self.ann.sees()
        restarted = ChatFactory(Clock())
        self.ann.connects(restarted)
        self.assertEqual(self.ann.types(""), "#tea> half a line")
        self.assertEqual(self.ann.chat.channels, ["#tea", "#milk"])
        [ann] = restarted.chat.clients.values()
        self.assertEqual(ann.nick, "ann")
        self.assertEqual(restarted.chat.channels.count(ann), 2)
        self.assertNotIn("error:", "".join(self.ann.sees()))
        self.ann.types("\r")
        self.assertEqual(self.ann.sees(), ["#tea <ann> half a line"])

    def test_forgets_what_got_no_answer(self) -> None:
        """A private line that was lost is not taken for a later one."""
        self.ann.chat.send_line = lambda _: None
        self.ann.types("/msg cy hi\r")
        self.ann.is_cut_off()
        self.ann.connects(self.factory)
        self.ann.sees()
        self.ann.types("/msg bob hi\r")
        self.assertEqual(self.ann.sees(), ["-> bob: hi"])

    def test_is_a_guest_while_its_name_is_taken(self) -> None:
        """The next connection tries again."""
        self.ann.is_cut_off()
        self.bob.says("/nick ann")
        for _ in range(2):
            self.ann.connects(self.factory)
            errors = [line for line in self.ann.sees() if line.startswith("error")]
            self.assertEqual(errors, ["error: ann is taken, choose another nick"])
            self.ann.is_cut_off()
        self.bob.goes()
        self.ann.connects(self.factory)
        self.assertEqual(self.ann.chat.nick, "ann")
