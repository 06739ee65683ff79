"""The chat server's behavior, without a network: one story a test."""

import random
import sys
import unicodedata

from channels import Channels
from chat_commands import COMMANDS, UNSAFE
from chat_server import ChatFactory, ChatProtocol, main
from outbox import Outbox
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import (
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
)
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
)
from twisted.internet.task import Clock
from twisted.internet.testing import (
    MemoryReactorClock,
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

WHAT_IS_RIGHT = f"error: say {COMMANDS}"
NICK_RULE = "error: a nick is 1 to 16 of the letters A to Z, digits, _ and -"
CHANNEL_RULE = (
    "error: a channel is # and 1 to 16 of the letters A to Z, digits, _ and -"
)


class CountingTransport(StringTransport):
    """A string transport that remembers each write by itself."""

    def __init__(self) -> None:
        """Starts with no writes, from a peer at 192.0.2.7."""
        super().__init__(peerAddress=IPv4Address("TCP", "192.0.2.7", 50000))
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Remembers `data`, the very object."""
        self.writes.append(data)
        super().write(data)


class Client:
    """What a test types as one client, and what that client has read of late."""

    def __init__(self, factory: ChatFactory) -> None:
        """Does what the reactor does with a new connection."""
        self.transport = CountingTransport()
        protocol = factory.buildProtocol(self.transport.getPeer())
        assert isinstance(protocol, ChatProtocol)
        self.protocol = protocol
        assert isinstance(factory.clock, Clock)
        self.clock = factory.clock
        protocol.makeConnection(self.transport)

    def says(self, *lines: str) -> None:
        """Sends each of `lines`, ended by a newline."""
        for line in lines:
            self.sends(f"{line}\n".encode())

    def sends(self, data: bytes) -> None:
        """Sends `data`, and lets it have as many turns as that takes."""
        self.protocol.dataReceived(data)
        while self.protocol.paused and not self.transport.disconnecting:
            self.clock.advance(ChatFactory.PAUSE)

    def reads(self) -> list[str]:
        """Returns the lines that have come since it was last called."""
        data: bytes = self.transport.value()
        self.transport.clear()
        self.transport.writes.clear()
        *lines, rest = data.decode().split("\n")
        assert not rest  # whole lines alone
        return lines

    def goes(self, reason: Exception | None = None) -> None:
        """Does what the reactor does when the connection has ended."""
        self.protocol.connectionLost(Failure(reason or ConnectionDone()))


class ChatTestCase(SynchronousTestCase):
    """Gives each test a chat of its own."""

    def setUp(self) -> None:
        """Opens a chat; whether a port has started its factory makes no difference."""
        self.clock = Clock()
        self.factory = ChatFactory(self.clock)

    def clients(self, *nicks: str) -> list[Client]:
        """Connects a client for each nick, all in #lobby, with nothing left to read."""
        clients = [Client(self.factory) for _ in nicks]
        for client, nick in zip(clients, nicks, strict=True):
            client.says(f"/nick {nick}")
        for client in clients:
            client.reads()
        return clients


class ChannelsTests(SynchronousTestCase):
    """The index, with plain strings for members."""

    def setUp(self) -> None:
        """Subscribes ann to two channels and bob to one of them."""
        self.channels: Channels[str] = Channels()
        self.channels.join("ann", "#a")
        self.channels.join("ann", "#b")
        self.channels.join("bob", "#b")

    def test_knows_the_members_of_a_channel(self) -> None:
        """A channel has the members that joined it; an unknown one has nobody."""
        self.assertEqual(self.channels.members("#b"), {"ann", "bob"})
        self.assertEqual(self.channels.members("#c"), set())

    def test_forgets_a_client_that_leaves(self) -> None:
        """A client that has left is no longer a member, in that channel alone."""
        self.channels.leave("ann", "#b")
        self.assertEqual(self.channels.members("#b"), {"bob"})
        self.assertEqual(self.channels.members("#a"), {"ann"})
        self.assertRaises(KeyError, self.channels.leave, "ann", "#b")

    def test_names_the_channels_that_somebody_leaves(self) -> None:
        """Leaving all channels says which they were; the second time, none."""
        self.assertEqual(self.channels.leave_all("ann"), ["#a", "#b"])
        self.assertEqual(self.channels.leave_all("ann"), [])
        self.assertEqual(self.channels.members("#b"), {"bob"})

    def test_keeps_nothing_of_clients_that_left(self) -> None:
        """Channels without members vanish, and so do members without channels."""
        for member in ("ann", "bob"):
            self.channels.leave_all(member)
        self.assertEqual(vars(self.channels), vars(Channels()))

    def test_knows_the_members_that_share_a_channel(self) -> None:
        """Companions are counted once, and everyone is a companion of their own."""
        self.channels.join("bob", "#a")
        self.channels.join("cy", "#c")
        self.assertEqual(self.channels.companions("ann"), {"ann", "bob"})
        self.assertEqual(self.channels.companions("cy"), {"cy"})
        self.assertEqual(self.channels.companions("dan"), {"dan"})

    def test_may_change_while_its_members_are_gone_through(self) -> None:
        """Somebody who leaves in the middle of a loop does not break it."""
        for member in self.channels.members("#b"):
            self.channels.leave_all(member)
        self.assertEqual(self.channels.members("#b"), set())


class CommandTests(ChatTestCase):
    """What each line means, row by row."""

    def test_greets_a_guest_in_the_lobby(self) -> None:
        """A new client is told its nick and the commands, and is in #lobby."""
        client = Client(self.factory)
        self.assertEqual(
            client.reads(),
            [
                "* You are guest1",
                f"* Say {COMMANDS}",
                "* guest1 has joined #lobby",
            ],
        )

    def test_tells_the_lobby_of_a_guest(self) -> None:
        """Members of #lobby read who has joined it, but not the greeting."""
        first, _ = Client(self.factory), Client(self.factory)
        self.assertEqual(first.reads()[3:], ["* guest2 has joined #lobby"])

    def test_gives_each_guest_a_nick_of_its_own(self) -> None:
        """A guest's nick is never one that somebody has, whatever its capitals."""
        self.clients("Guest2", "guest3")
        newcomer = Client(self.factory)
        self.assertEqual(newcomer.protocol.nick, "guest4")

    def test_tells_everyone_of_a_new_nick(self) -> None:
        """Those who share a channel with the changer read its new nick, and it does."""
        ann, bob = self.clients("ann", "bob")
        ann.says("/nick anna")
        for client in (ann, bob):
            self.assertEqual(client.reads(), ["* ann is now known as anna"])

    def test_tells_of_a_new_nick_once(self) -> None:
        """Somebody who shares two channels with the changer reads it once."""
        ann, bob = self.clients("ann", "bob")
        for client in (ann, bob):
            client.says("/join #python")
        ann.reads(), bob.reads()
        ann.says("/nick anna")
        self.assertEqual(bob.reads(), ["* ann is now known as anna"])

    def test_tells_strangers_nothing_of_a_new_nick(self) -> None:
        """A client that shares no channel with the changer reads nothing of it."""
        ann, bob = self.clients("ann", "bob")
        ann.says("/leave #lobby")
        ann.reads(), bob.reads()
        ann.says("/nick anna")
        self.assertEqual(ann.reads(), ["* ann is now known as anna"])
        self.assertEqual(bob.reads(), [])

    def test_refuses_a_nick_that_somebody_has(self) -> None:
        """A nick is taken whatever its capitals, and stays with its owner."""
        ann, bob = self.clients("ann", "bob")
        ann.says("/nick BOB")
        self.assertEqual(ann.reads(), ["error: BOB is taken, choose another nick"])
        self.assertEqual(bob.reads(), [])
        ann.says("/msg bob hello")
        self.assertEqual(bob.reads(), ["<ann> hello"])

    def test_allows_other_capitals_of_ones_own_nick(self) -> None:
        """A client may go from ann to Ann, and is still reached as ann."""
        [ann] = self.clients("ann")
        ann.says("/nick Ann", "/msg ann hello")
        self.assertEqual(ann.reads(), ["* ann is now known as Ann", "<Ann> hello"])

    def test_knows_what_a_nick_is(self) -> None:
        """1 to 16 ASCII letters, digits, _ and -, so that none looks like another."""
        [ann] = self.clients("ann")
        for nick in ["a", "A-z_09", "x" * 16]:
            ann.says(f"/nick {nick}")
            self.assertIn(f"is now known as {nick}", ann.reads()[0])
        bad = ["x" * 17, "#a", "a.b", "<a>", "żółw", "\u0430nn", "\uff41nn", "\u212a"]
        for nick in bad:
            ann.says(f"/nick {nick}")
            self.assertEqual(ann.reads(), [NICK_RULE], nick)

    def test_frees_a_nick_at_once(self) -> None:
        """The nick of a client that is gone, or has another now, may be taken."""
        ann, bob, cy = self.clients("ann", "bob", "cy")
        bob.goes()
        ann.says("/nick bob")
        cy.says("/nick ann")
        self.assertEqual(
            cy.reads()[1:], ["* ann is now known as bob", "* cy is now known as ann"]
        )

    def test_joins_a_channel(self) -> None:
        """The members, the newcomer included, read who has joined; others do not."""
        ann, bob, cy = self.clients("ann", "bob", "cy")
        ann.says("/join #python")
        self.assertEqual(ann.reads(), ["* ann has joined #python"])
        bob.says("/join #python")
        for client in (ann, bob):
            self.assertEqual(client.reads(), ["* bob has joined #python"])
        self.assertEqual(cy.reads(), [])

    def test_takes_channels_without_regard_to_case(self) -> None:
        """#Python and #python are one channel, in small letters."""
        ann, bob = self.clients("ann", "bob")
        ann.says("/join #PYTHON", "/join #python", "/msg #Python hi", "/leave #pythoN")
        self.assertEqual(
            ann.reads(),
            [
                "* ann has joined #python",
                "error: you are in #python already",
                "#python <ann> hi",
                "* ann has left #python",
            ],
        )
        self.assertEqual(bob.reads(), [])

    def test_knows_what_a_channel_is(self) -> None:
        """A # and then what a nick may be."""
        [ann] = self.clients("ann")
        for channel in ["python", "#", "##", "#a,b", "#" + "x" * 17, "#żółw", "!!!"]:
            for command in ("/join", "/leave"):
                ann.says(f"{command} {channel}")
                self.assertEqual(ann.reads(), [CHANNEL_RULE], channel)
        ann.says("/join #" + "x" * 16)
        self.assertEqual(ann.reads(), ["* ann has joined #" + "x" * 16])

    def test_leaves_a_channel(self) -> None:
        """The members, the leaver included, read who has left, and then no more."""
        ann, bob = self.clients("ann", "bob")
        ann.says("/leave #lobby")
        for client in (ann, bob):
            self.assertEqual(client.reads(), ["* ann has left #lobby"])
        bob.says("/msg #lobby alone")
        self.assertEqual(ann.reads(), [])

    def test_publishes_to_the_members(self) -> None:
        """The members read a message once each, the sender too; others do not."""
        ann, bob, cy = self.clients("ann", "bob", "cy")
        cy.says("/leave #lobby")
        for client in (ann, bob, cy):
            client.reads()
        ann.says("/msg #lobby hello, world")
        for client in (ann, bob):
            self.assertEqual(client.reads(), ["#lobby <ann> hello, world"])
        self.assertEqual(cy.reads(), [])

    def test_lets_members_alone_publish(self) -> None:
        """A client outside the channel is told how to join it, and nobody else is."""
        ann, bob = self.clients("ann", "bob")
        bob.says("/join #python")
        bob.reads()
        for line in ("/msg #python hello", "/leave #python"):
            ann.says(line)
            self.assertEqual(
                ann.reads(),
                ["error: you are not in #python, /join #python takes you there"],
            )
        self.assertEqual(bob.reads(), [])

    def test_speaks_to_one_person(self) -> None:
        """A private message is read by its reader and its sender alone."""
        ann, bob, cy = self.clients("ann", "bob", "cy")
        ann.says("/msg BOB psst")
        for client in (ann, bob):
            self.assertEqual(client.reads(), ["<ann> psst"])
        self.assertEqual(cy.reads(), [])

    def test_speaks_to_oneself_once(self) -> None:
        """A message to oneself is read once."""
        [ann] = self.clients("ann")
        ann.says("/msg ann note to self")
        self.assertEqual(ann.reads(), ["<ann> note to self"])

    def test_knows_when_nobody_has_a_nick(self) -> None:
        """A message to a nick that nobody has, or could have, is an error."""
        [ann] = self.clients("ann")
        ann.says("/msg bob hello", "/msg b*b hello")
        self.assertEqual(ann.reads(), ["error: nobody here is called bob", NICK_RULE])

    def test_says_what_would_have_been_right(self) -> None:
        """An unknown or incomplete command is answered with the commands."""
        ann, bob = self.clients("ann", "bob")
        for line in [
            "",
            " ",
            "hello",
            "hello /nick x",
            "/",
            "/nick",
            "/nick ",
            "/nick a b",
            "/join",
            "/join #a #b",
            "/leave",
            "/leave #lobby now",
            "/msg",
            "/msg bob",
            "/msg #lobby",
            "/msg #lobby   ",
            "/NICK x",
            "/nickx",
            "/quit",
            "nick x",
        ]:
            ann.says(line)
            self.assertEqual(ann.reads(), [WHAT_IS_RIGHT], line)
        self.assertEqual(bob.reads(), [])
        self.assertFalse(ann.transport.disconnecting)

    def test_keeps_the_spaces_inside_a_text(self) -> None:
        """Spaces around and between the words of a command go, those in TEXT stay."""
        [ann] = self.clients("ann")
        ann.says("  /msg   #lobby   a  b   c  ")
        self.assertEqual(ann.reads(), ["#lobby <ann> a  b   c"])

    def test_takes_a_text_for_what_it_is(self) -> None:
        """A text may look like a command or an announcement, and is a text."""
        [ann] = self.clients("ann")
        ann.says("/msg #lobby /nick bob", "/msg ann * bob has left #lobby")
        self.assertEqual(
            ann.reads(), ["#lobby <ann> /nick bob", "<ann> * bob has left #lobby"]
        )

    def test_takes_a_thousand_commands_at_once(self) -> None:
        """A thousand lines in one piece are a thousand commands, in order."""
        [ann] = self.clients("ann")
        ann.sends(b"".join(b"/msg ann %d\n" % n for n in range(1000)))
        self.assertEqual(ann.reads(), [f"<ann> {n}" for n in range(1000)])


class LineTests(ChatTestCase):
    """How lines are found in the bytes, and which are refused."""

    def test_takes_both_line_ends(self) -> None:
        """LF and CRLF end a line; answers end with LF."""
        [ann] = self.clients("ann")
        ann.sends(b"/msg ann one\r\n/msg ann two\n")
        self.assertEqual(ann.transport.value(), b"<ann> one\n<ann> two\n")

    def test_takes_one_cr_for_a_part_of_the_line_end(self) -> None:
        """A second CR before the newline is a control character like any other."""
        [ann] = self.clients("ann")
        ann.sends(b"/msg ann one\r\r\n")
        self.assertEqual(ann.reads(), ["error: a line has no control characters"])

    def test_gives_one_answer_however_the_stream_is_cut(self) -> None:
        """Byte by byte or in random pieces, the same lines come out."""
        stream = (
            b"/nick \xc5\xbc\r\n/nick bo\n/join #a\n/msg bo \xf0\x9f\x98\x80\r\n\n"
            b"\xff\n/msg #a " + b"x" * 600 + b"\n/msg #a y\r\r\n" + b"z" * 512 + b"\n"
            b"/msg #a " + b"v" * 504 + b"\r\n/msg #a end\n" + b"w" * 1100 + b"\n/leave"
        )

        def answers(cuts: list[int]) -> bytes:
            client = Client(self.factory)
            for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
                client.sends(stream[start:end])
            client.goes()
            nick = f"guest{len(found) + 1}".encode()
            received: bytes = client.transport.value()
            return received.replace(nick, b"guest")

        found: list[bytes] = []
        found.append(answers([]))
        self.assertEqual(found[0].count(b"error: a line has at most 512 bytes\n"), 3)
        self.assertTrue(
            found[0].endswith(b"#a <bo> end\nerror: a line has at most 512 bytes\n")
        )
        found.append(answers(list(range(1, len(stream)))))
        source = random.Random(1)
        for _ in range(200):
            number = source.randrange(1, 20)
            found.append(answers(sorted(source.sample(range(1, len(stream)), number))))
        self.assertEqual(set(found), {found[0]})

    def test_refuses_long_lines_and_goes_on(self) -> None:
        """A line over 512 bytes is one error; its rest is skipped, the next obeyed."""
        [ann] = self.clients("ann")
        too_long = ["error: a line has at most 512 bytes"]
        ann.says("/msg ann " + "x" * 503)
        self.assertEqual(ann.reads(), ["<ann> " + "x" * 503])
        ann.says("/msg ann " + "x" * 504)
        self.assertEqual(ann.reads(), too_long)
        ann.says("/msg ann " + "x" * 5000, "/msg ann next")
        self.assertEqual(ann.reads(), [*too_long, "<ann> next"])
        for _ in range(50):
            ann.sends(b"y" * 100)
        self.assertEqual(ann.reads(), too_long)
        ann.sends(b"y\n/msg ann next\n")
        self.assertEqual(ann.reads(), ["<ann> next"])
        self.assertFalse(ann.transport.disconnecting)

    def test_buffers_no_long_line(self) -> None:
        """Of a line without an end, no more than 512 bytes are kept."""
        [ann] = self.clients("ann")
        for _ in range(1000):
            ann.sends(b"y" * 512)
            self.assertLess(len(ann.protocol.clearLineBuffer()), 513)

    def test_refuses_what_acts_on_a_terminal(self) -> None:
        """Such a line is an error for its sender; nobody sees a byte of it."""
        ann, bob = self.clients("ann", "bob")
        unsafe = "a line has no control characters"
        not_text = "a line is text in UTF-8"
        for bad, why in [
            (b"\x1b[2J", unsafe),  # clears the screen
            (b"\x00", unsafe),
            (b"\x07", unsafe),
            (b"\t", unsafe),
            (b"\r<bob> forged", unsafe),  # goes back to the start of the line
            (b"\x7f", unsafe),
            ("\x9b2J".encode(), unsafe),  # ESC [ in one character
            ("\x85".encode(), unsafe),
            ("\u202egnp.exe".encode(), unsafe),  # the rest from right to left
            ("\u2066".encode(), unsafe),
            ("\u2028<bob> forged".encode(), unsafe),
            ("\u2029".encode(), unsafe),
            (b"\x9b2J", not_text),  # as Latin-1
            (b"caf\xe9", not_text),
            (b"\xc0\xaf", not_text),  # "/", longer than needed
            (b"\xed\xa0\x80", not_text),  # half of a pair
            (b"\xf0\x9f\x98", not_text),  # a cut emoji
        ]:
            for command in [b"/msg #lobby ", b"/msg bob ", b"/nick ", b"/join #", b""]:
                ann.sends(command + bad + b"x\n")
                self.assertEqual(ann.reads(), [f"error: {why}"], bad)
        self.assertEqual(bob.reads(), [])
        self.assertFalse(ann.transport.disconnecting)

    def test_lets_every_text_pass(self) -> None:
        """Scripts, accents, emoji and their joiners, and odd spaces arrive whole."""
        ann, bob = self.clients("ann", "bob")
        for text in [
            "zażółć gęślą jaźń",
            "Привет, 世界 ✓ こんにちは",
            "שלום \u200e!\u200f \u061c مرحبا",
            "क्षि \u0915\u094d\u200d\u0937",
            "👩\u200d💻 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e007f 👍🏽",
            "10\u00a0000 \u3000 \u2009 \ufeff",
            "\u3000\u00a0edges\u00a0\u3000",
            "e\u0301\u0327 \ue000 \U0010ffff \ufffd",
            "<b>&amp;</b> %s {peer} \\x1b",
        ]:
            ann.says(f"/msg #lobby {text}")
            for client in (ann, bob):
                self.assertEqual(client.reads(), [f"#lobby <ann> {text}"])

    def test_knows_all_unsafe_characters(self) -> None:
        """Unicode's own tables agree: controls, line ends, and what reorders lines."""
        reordering = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        everything = [chr(code) for code in range(sys.maxunicode + 1)]
        unsafe = {
            character
            for character in everything
            if unicodedata.category(character) in {"Cc", "Zl", "Zp"}
            or unicodedata.bidirectional(character) in reordering
        }
        self.assertEqual(set(UNSAFE.findall("".join(everything))), unsafe)


class LeavingTests(ChatTestCase):
    """How a client goes, and who is told."""

    def test_tells_each_channel_of_a_client_that_is_gone(self) -> None:
        """The others read one line for each channel that they shared."""
        ann, bob, cy = self.clients("ann", "bob", "cy")
        for client in (ann, bob):
            client.says("/join #python")
        for client in (ann, bob, cy):
            client.reads()
        ann.goes()
        self.assertEqual(
            bob.reads(), ["* ann has left #lobby", "* ann has left #python"]
        )
        self.assertEqual(cy.reads(), ["* ann has left #lobby"])

    def test_ignores_half_a_line(self) -> None:
        """A line that was never ended is not obeyed when its sender goes."""
        ann, bob = self.clients("ann", "bob")
        ann.sends(b"/msg #lobby hel")
        ann.goes()
        self.assertEqual(bob.reads(), ["* ann has left #lobby"])

    def test_answers_a_client_that_half_closes(self) -> None:
        """A client that ends its sending leaves at once, and still gets its answers."""
        ann, bob = self.clients("ann", "bob")
        verifyObject(IHalfCloseableProtocol, ann.protocol)
        ann.says("/msg #lobby bye")
        ann.protocol.readConnectionLost()
        self.assertEqual(ann.reads(), ["#lobby <ann> bye"])
        self.assertEqual(bob.reads(), ["#lobby <ann> bye", "* ann has left #lobby"])
        self.assertTrue(ann.transport.disconnecting)
        self.assertIsNone(ann.transport.producer)  # or the close would wait for it

    def test_adds_nothing_for_a_client_that_half_closes(self) -> None:
        """Nobody reaches it any more, so what it does not read cannot grow."""
        ann, bob = self.clients("ann", "bob")
        ann.protocol.readConnectionLost()
        bob.says("/msg #lobby hello", "/msg ann hello", "/nick bo")
        self.assertEqual(ann.reads(), [])

    def test_leaves_once(self) -> None:
        """The end of a half-closed connection does not touch who has its nick now."""
        ann, bob = self.clients("ann", "bob")
        ann.protocol.readConnectionLost()
        bob.says("/nick ann")
        bob.reads()
        ann.goes()
        bob.says("/msg ann still me")
        self.assertEqual(bob.reads(), ["<ann> still me"])

    def test_survives_the_end_of_its_own_sending(self) -> None:
        """The half-close that this server never asks for would change nothing."""
        [ann] = self.clients("ann")
        ann.protocol.writeConnectionLost()
        self.assertFalse(ann.transport.disconnecting)

    def test_keeps_nothing_of_clients_that_left(self) -> None:
        """With the last client, the last nick and the last channel go."""
        for client in self.clients("ann", "bob"):
            client.says("/join #python")
            client.goes()
        chat = self.factory.chat
        self.assertEqual(chat.clients, {})
        self.assertEqual(vars(chat.channels), vars(Channels()))

    def test_leaves_when_the_port_is_closed(self) -> None:
        """A port may close in a process that goes on; a lobby without ghosts does."""
        self.factory.doStart()
        ann, bob = self.clients("ann", "bob")
        self.factory.doStop()
        ann.goes(ConnectionLost())
        self.assertEqual(bob.reads(), ["* ann has left #lobby"])
        self.assertEqual(list(self.factory.chat.clients), ["bob"])

    def test_tells_nobody_when_the_server_stops(self) -> None:
        """All 100 clients go at once, and none is told of another."""
        reactor = MemoryReactorClock()
        Deferred.fromCoroutine(main(reactor, "tcp:7"))
        [(_port, factory, *_)] = reactor.tcpServers
        assert isinstance(factory, ChatFactory)
        self.factory = factory
        clients = self.clients(*(f"m{number}" for number in range(100)))
        for trigger, args, kwargs in reactor.triggers["before"]["shutdown"]:
            trigger(*args, **kwargs)
        for client in clients:
            client.goes(ConnectionLost())
        self.assertEqual([client.reads() for client in clients], [[]] * 100)


class OutboxTests(ChatTestCase):
    """What happens to a client that does not read."""

    LINE = b"#lobby <ann> " + b"x" * 400 + b"\n"
    FITTING = Outbox.LIMIT // len(LINE)  # lines that may wait

    def setUp(self) -> None:
        """Connects a writer, a reader, and one who does not read."""
        super().setUp()
        self.ann, self.bob, self.stuck = self.clients("ann", "bob", "stuck")
        # What TCP does by itself once 64 KiB wait; StringTransport leaves it to us.
        self.outbox = IPushProducer(self.stuck.transport.producer)
        self.assertTrue(self.stuck.transport.streaming)

    def publish(self, times: int) -> None:
        """Has ann send lines of 413 bytes to #lobby."""
        self.ann.sends(b"/msg #lobby " + b"x" * 400 + b"\n")
        for _ in range(times - 1):
            self.ann.says("/msg #lobby " + "x" * 400)

    def test_is_a_producer(self) -> None:
        """The outbox has what a transport asks of a producer."""
        verifyObject(IPushProducer, self.outbox)

    def test_does_not_count_while_the_client_reads(self) -> None:
        """A client that reads gets any number of lines."""
        self.publish(3 * self.FITTING)
        self.assertEqual(self.bob.transport.value(), self.LINE * 3 * self.FITTING)
        self.assertFalse(self.bob.transport.disconnecting)

    def test_lets_so_much_wait(self) -> None:
        """Up to the limit, lines wait here, and are sent once the client reads."""
        self.outbox.pauseProducing()
        self.publish(self.FITTING)
        self.assertEqual(self.stuck.transport.value(), b"")
        self.outbox.resumeProducing()
        self.assertEqual(self.stuck.transport.value(), self.LINE * self.FITTING)
        self.assertFalse(self.stuck.transport.disconnecting)

    def test_drops_a_client_once_too_much_waits(self) -> None:
        """The line that passes the limit drops the client, and nobody else."""
        self.outbox.pauseProducing()
        self.publish(self.FITTING)
        self.assertFalse(self.stuck.transport.disconnected)
        self.publish(1)
        self.assertTrue(self.stuck.transport.disconnected)
        self.assertEqual(self.stuck.transport.value(), b"")
        self.assertFalse(self.ann.transport.disconnecting)
        self.assertFalse(self.bob.transport.disconnecting)
        self.assertEqual(len(self.bob.reads()), self.FITTING + 1)

    def test_counts_what_waits_and_nothing_else(self) -> None:
        """A slow client that takes what it is sent may be sent any amount in time."""
        outbox = self.stuck.protocol.outbox

        def take(data: bytes) -> None:
            self.stuck.transport.writes.append(data)
            outbox.pauseProducing()  # as TCP does, at each line while it is full

        self.patch(self.stuck.transport, "write", take)
        outbox.pauseProducing()
        self.publish(self.FITTING)
        for _ in range(2 * self.FITTING):
            self.outbox.resumeProducing()
            self.assertEqual(outbox.waiting, (self.FITTING - 1) * len(self.LINE))
            self.publish(1)
        self.assertEqual(self.stuck.transport.writes, [self.LINE] * 2 * self.FITTING)
        self.assertFalse(self.stuck.transport.disconnected)

    def test_sends_what_waits_to_a_client_that_half_closes(self) -> None:
        """A slow client that has said everything still gets all of its lines."""
        self.outbox.pauseProducing()
        self.publish(self.FITTING)
        self.stuck.protocol.readConnectionLost()
        self.assertEqual(self.stuck.transport.value(), self.LINE * self.FITTING)
        self.assertTrue(self.stuck.transport.disconnecting)
        self.assertIsNone(self.stuck.transport.producer)

    def test_aborts_once(self) -> None:
        """Lines that come before the reactor says that it is gone change nothing."""
        aborts: list[bool] = []
        self.patch(self.stuck.transport, "abortConnection", lambda: aborts.append(True))
        self.outbox.pauseProducing()
        self.publish(self.FITTING + 80)
        self.assertEqual(aborts, [True])
        self.assertLess(self.stuck.protocol.outbox.waiting, Outbox.LIMIT + 513)

    def test_limits_a_client_that_floods_and_does_not_read(self) -> None:
        """The answers to a client's own lines count as well."""
        self.outbox.pauseProducing()
        for _ in range(100):
            if not self.stuck.transport.disconnected:
                self.stuck.sends(b"\n" * 100)
        self.assertTrue(self.stuck.transport.disconnected)
        self.assertEqual(self.stuck.transport.value(), b"")

    def test_may_lose_a_client_in_the_middle_of_a_message(self) -> None:
        """The others get their line even if a drop were to end a client at once."""
        transport = StringTransportWithDisconnection()
        protocol = self.factory.buildProtocol(transport.getPeer())
        assert protocol is not None
        transport.protocol = protocol
        protocol.makeConnection(transport)
        assert transport.producer is not None
        IPushProducer(transport.producer).pauseProducing()
        self.bob.reads()
        self.publish(self.FITTING + 1)
        lines = self.bob.reads()
        self.assertEqual(lines.count("* guest4 has left #lobby"), 1)
        self.assertEqual(len(lines), self.FITTING + 2)

    def test_has_one_line_in_the_log(self) -> None:
        """A dropped client is one line: who, and why."""
        self.outbox.pauseProducing()
        with capturedLogs() as events:
            self.publish(self.FITTING + 80)
            self.stuck.goes(ConnectionAborted())
        lines = [event["log_format"].format(**event) for event in events]
        peer = self.stuck.transport.getPeer()
        self.assertEqual(lines, [f"lost {peer}: it does not read"])


class TurnTests(ChatTestCase):
    """Nobody waits for somebody who sends very much."""

    LINE = b"/msg #lobby flood\n"

    def setUp(self) -> None:
        """Ann sends 100 lines in one piece, and Bob is there."""
        super().setUp()
        self.ann, self.bob = self.clients("ann", "bob")
        while self.ann.protocol.lines:  # to the beginning of a turn
            self.ann.says("/msg ann hello")
        self.bob.reads()
        self.ann.protocol.dataReceived(self.LINE * 100)

    def test_obeys_some_lines_a_turn(self) -> None:
        """Of 100 lines, 16 are obeyed at once, and more in each turn of the reactor."""
        self.assertEqual(len(self.bob.reads()), 16)
        self.assertEqual(self.ann.transport.producerState, "paused")
        self.bob.says("/msg #lobby me too")
        self.assertEqual(self.bob.reads(), ["#lobby <bob> me too"])
        self.clock.advance(0)
        self.assertEqual(len(self.bob.reads()), 100 - 16)
        self.assertEqual(self.ann.transport.producerState, "producing")

    def test_waits_for_slow_readers(self) -> None:
        """While Bob's connection is full, a flood goes on ten times a second."""
        self.fill(self.bob)
        self.clock.advance(0)
        self.assertEqual(self.ann.reads()[-1], "#lobby <ann> flood")
        for _ in range(3):
            self.clock.advance(0.09)
            self.assertEqual(self.ann.reads(), [])
            self.clock.advance(0.02)
            self.assertEqual(len(self.ann.reads()), 8)  # shorter turns, too
        IPushProducer(self.bob.transport.producer).resumeProducing()
        self.clock.pump([0.1, 0])
        self.assertEqual(len(self.ann.reads()), 100 - 16 - 4 * 8)

    def fill(self, client: Client) -> None:
        """Does what TCP does once more waits for `client` than it takes."""
        IPushProducer(client.transport.producer).pauseProducing()

    def test_waits_for_a_slow_reader_of_private_lines(self) -> None:
        """It is not necessary to share a channel with somebody to flood them."""
        self.bob.says("/leave #lobby")
        cy = Client(self.factory)
        cy.protocol.dataReceived(b"/msg bob psst\n" * 100)
        self.fill(self.bob)
        self.clock.advance(0)
        cy.reads()
        self.clock.pump([0.1] * 4)
        self.assertLess(len(cy.reads()), 4 * 16)

    def test_waits_for_slow_readers_of_a_channel_that_was_left(self) -> None:
        """A client that talks there and leaves in the same turn has talked there."""
        self.bob.says("/join #tea")
        self.clock.advance(1)
        cy = Client(self.factory)
        talk = [b"/join #tea"] + [b"/msg #tea milk?"] * 14 + [b"/leave #tea"]
        self.fill(self.bob)
        cy.protocol.dataReceived(b"\n".join(talk * 10) + b"\n")
        cy.reads()
        self.clock.pump([0] * 10)
        self.assertEqual(cy.reads(), [])

    def test_slows_nobody_who_types(self) -> None:
        """However many floods are waiting: only those who talk fast wait for a slot."""
        self.fill(self.bob)
        for _ in range(50):
            Client(self.factory).protocol.dataReceived(self.LINE * 100)
        cy = Client(self.factory)
        for number in range(20):
            cy.protocol.dataReceived(b"/msg #lobby %d\n" % number)
            self.assertEqual(cy.reads()[-1], f"#lobby <{cy.protocol.nick}> {number}")
            self.clock.advance(0.1)

    def test_drops_no_reader_while_fifty_talk(self) -> None:
        """What they say in one turn of the reactor still fits into an outbox."""
        talk = b"/msg #lobby " + b"x" * 480 + b"\n"
        self.fill(self.bob)
        for _ in range(50):
            Client(self.factory).protocol.dataReceived(talk * 16)
        self.assertFalse(self.bob.transport.disconnected)

    def test_shares_the_slots(self) -> None:
        """Two clients that flood get ten slots a second together, not each."""
        self.fill(self.bob)
        cy = Client(self.factory)
        cy.protocol.dataReceived(self.LINE * 100)
        self.clock.advance(0)
        for client in (self.ann, cy):
            client.reads()
        self.clock.pump([0.1] * 4)
        lines = self.ann.reads()
        self.assertEqual(lines.count("#lobby <ann> flood"), 16)
        self.assertEqual(lines.count("#lobby <guest3> flood"), 16)

    def test_obeys_no_line_of_a_client_that_left(self) -> None:
        """Lines that arrive with the end of their connection are thrown away."""
        self.ann.protocol.dataReceived(b"/join #lobby\n")
        self.ann.goes(ConnectionLost())
        self.bob.reads()
        self.clock.advance(0)
        self.assertEqual(self.bob.reads(), [])
        self.assertEqual(list(self.factory.chat.clients), ["bob"])

    def test_stops_when_it_hangs_up(self) -> None:
        """After loseConnection, no further line of the same piece is obeyed."""

        def hang_up(client: ChatProtocol, _line: str) -> None:
            client.transport.loseConnection()

        self.patch(self.factory.chat, "obey", hang_up)
        self.bob.protocol.dataReceived(b"/quit\n/quit\n/quit\n")
        self.assertEqual(self.bob.protocol.lines, 2)

    def test_limits_the_channels_of_a_client(self) -> None:
        """A client may be in 20 channels; one more is an error that says so."""
        [cy] = self.clients("cy")
        for number in range(19):
            cy.says(f"/join #room{number}")
        cy.reads()
        cy.says("/join #too-many")
        self.assertEqual(
            cy.reads(), ["error: you are in 20 channels, /leave one first"]
        )
        cy.says("/leave #room0", "/join #too-many")
        self.assertEqual(cy.reads()[-1], "* cy has joined #too-many")


class CostTests(ChatTestCase):
    """What a message costs."""

    def writes(self, clients_in_all: int) -> int:
        """Counts the writes of one message to 10 members among other clients."""
        members = self.clients(*(f"m{number}" for number in range(10)))
        others = []
        for _ in range(clients_in_all - 10):
            others.append(Client(self.factory))
            others[-1].says("/leave #lobby", "/join #elsewhere", "/leave #elsewhere")
        everyone = members + others
        for client in everyone:
            client.transport.writes.clear()
        members[0].says("/msg #lobby hello")
        return sum(len(client.transport.writes) for client in everyone)

    def test_depends_on_the_members_alone(self) -> None:
        """A message to 10 members is 10 writes, however many others are connected."""
        self.assertEqual(self.writes(10), 10)
        self.setUp()
        self.assertEqual(self.writes(10_000), 10)

    def test_is_one_encoding(self) -> None:
        """All members get the very same bytes object, each in one write."""
        clients = self.clients("ann", "bob", "cy")
        clients[0].says("/msg #lobby hello")
        [first], [second], [third] = [client.transport.writes for client in clients]
        self.assertIs(first, second)
        self.assertIs(second, third)


class LoggingTests(ChatTestCase):
    """What the server's log says."""

    def test_is_silent_about_what_clients_say(self) -> None:
        """Normal and malformed lines leave no trace in the log, nor does a goodbye."""
        client = Client(self.factory)
        with capturedLogs() as events:
            client.says("/nick ann", "nonsense", "\x1b")
            client.goes(ConnectionDone())
        self.assertEqual(events, [])
