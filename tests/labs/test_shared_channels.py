"""Two servers share channels, without a network and without Redis."""

from collections.abc import Callable

from chat_server import ChatFactory
from shared_channels import SEVERAL, SharedChannels
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from tests.stages import test_chat_server
from tests.stages.test_chat_server import Client


class MemoryLink:
    """What a link to Redis does, done at once by a list of all links."""

    received: Callable[[bytes], None]

    def __init__(self, links: list["MemoryLink"]) -> None:
        """Joins the other links."""
        self.links = links
        self.rooms: set[str] = set()
        self.messages = 0  # that came
        self.published: list[bytes] = []
        links.append(self)

    def subscribe(self, room: str) -> None:
        """As SUBSCRIBE, which is asked once for each room."""
        assert room not in self.rooms
        self.rooms.add(room)

    def unsubscribe(self, room: str) -> None:
        """As UNSUBSCRIBE."""
        self.rooms.remove(room)

    def publish(self, room: str, message: bytes) -> None:
        """As PUBLISH, which spares nobody who has subscribed, not even the sender."""
        self.published.append(message)
        for link in self.links:
            if room in link.rooms:
                link.messages += 1
                link.received(message)


class Server:
    """A chat server that shares its rooms with those that have the same links."""

    def __init__(self, name: str, links: list[MemoryLink]) -> None:
        """Starts the factory, as a port does when it opens."""
        self.link = MemoryLink(links)
        self.clock = Clock()
        self.factory = ChatFactory(self.clock)
        self.factory.chat.channels = SharedChannels(name, self.link, self.factory)

    def client(self, nick: str) -> Client:
        """Connects a client, which is in #lobby under that nick."""
        client = Client(self.factory)
        client.says(f"/nick {nick}")
        return client


class LonelyServerTests(test_chat_server.CommandTests):
    """A server that shares its rooms with nobody: it does all that the stage's does."""

    def setUp(self) -> None:
        """Starts it."""
        super().setUp()
        self.factory = Server("east", []).factory


class TwoServersTests(SynchronousTestCase):
    """What crosses from one server to the other, and what does not."""

    def setUp(self) -> None:
        """Connects ann and bob to one server, and cy to another, in #lobby."""
        links: list[MemoryLink] = []
        self.east, self.west = Server("east", links), Server("west", links)
        self.ann, self.bob = self.east.client("ann"), self.east.client("bob")
        self.cy = self.west.client("cy")
        self.forget()

    def forget(self) -> None:
        """Reads what there is to read, so that a test sees only what comes next."""
        for client in (self.ann, self.bob, self.cy):
            client.reads()

    def test_a_line_reaches_each_member_once(self) -> None:
        """On its own server as ever, on the other with the server's name before it."""
        self.ann.says("/msg #lobby hello")
        for client in (self.ann, self.bob):
            self.assertEqual(client.reads(), ["#lobby <ann> hello"])
        self.assertEqual(self.cy.reads(), ["east: #lobby <ann> hello"])

    def test_a_line_reaches_members_alone(self) -> None:
        """Who is elsewhere and in another room reads nothing of it."""
        for client in (self.ann, self.cy):
            client.says("/join #tea")
        self.forget()
        self.ann.says("/msg #tea milk?")
        self.assertEqual(self.cy.reads(), ["east: #tea <ann> milk?"])
        self.assertEqual(self.bob.reads(), [])
        self.cy.says("/leave #tea")
        self.forget()
        self.ann.says("/msg #tea sugar?")
        self.assertEqual(self.cy.reads(), [])

    def test_who_joins_and_leaves_is_known_everywhere(self) -> None:
        """Coming, going and being cut off are lines of a room like all others."""
        dan = self.east.client("dan")
        dan.says("/leave #lobby", "/join #lobby")
        dan.goes()
        self.assertEqual(
            self.cy.reads(),
            [
                "east: * guest3 has joined #lobby",
                "east: * guest3 is now known as dan",
                "east: * dan has left #lobby",
                "east: * dan has joined #lobby",
                "east: * dan has left #lobby",
            ],
        )

    def test_the_last_one_here_is_seen_going(self) -> None:
        """That nobody is left on this server is no reason not to tell the other."""
        self.cy.goes()
        self.assertEqual(self.ann.reads(), ["west: * cy has left #lobby"])

    def test_a_new_nick_is_told_once(self) -> None:
        """A client in two rooms with the changer reads it once, on each server."""
        for client in (self.ann, self.bob, self.cy):
            client.says("/join #tea", "/join #art")
        self.forget()
        self.ann.says("/nick anna")
        self.assertEqual(self.bob.reads(), ["* ann is now known as anna"])
        self.assertEqual(self.cy.reads(), ["east: * ann is now known as anna"])

    def test_a_new_nick_reaches_each_companion(self) -> None:
        """Those elsewhere read it in whichever room they share with the changer."""
        dan = self.west.client("dan")
        dan.says("/leave #lobby", "/join #tea")
        self.ann.says("/join #tea")
        dan.reads()
        self.forget()
        self.ann.says("/nick anna")
        for client in (self.cy, dan):
            self.assertEqual(client.reads(), ["east: * ann is now known as anna"])

    def test_a_new_nick_reaches_members_of_another_shared_room(self) -> None:
        """Not the first of the changer's rooms counts, but the first that is shared."""
        self.cy.says("/leave #lobby", "/join #tea")
        self.ann.says("/join #tea")
        self.forget()
        self.ann.says("/nick anna")
        self.assertEqual(self.cy.reads(), ["east: * ann is now known as anna"])

    def test_an_event_is_published_once(self) -> None:
        """Whatever number of rooms it concerns, and all of them are in the message."""
        for number in range(19):
            self.ann.says(f"/join #{number:016}")
        self.east.link.published.clear()
        self.ann.says("/nick anna")
        [message] = self.east.link.published
        self.assertEqual(message.count(b"#"), 20)
        self.assertEqual(len(message.split(b" ")[1]), 19 * 18 + len("#lobby"))
        self.assertLess(len(message), SharedChannels.LIMIT / 2)

    def test_who_talks_fast_waits_once_much_is_said_to_elsewhere(self) -> None:
        """Each server says 200 lines in a second there, and then slows floods down."""
        self.east.clock.advance(5)
        self.ann.protocol.dataReceived(b"/msg #lobby x\n" * 1000)
        self.east.clock.pump([0] * 30)
        self.assertEqual(len(self.cy.reads()), 201)
        self.east.clock.pump([0.1] * 5)
        self.assertEqual(len(self.cy.reads()), 5 * 8)
        self.bob.says("/msg #lobby may I?")  # who does not talk fast need not wait
        self.assertEqual(self.cy.reads(), ["east: #lobby <bob> may I?"])
        self.east.clock.pump([0.6, 0.1, *[0] * 30])
        self.assertGreater(len(self.cy.reads()), 199)  # a new second

    def test_strangers_read_nothing_of_a_new_nick(self) -> None:
        """A client without a shared room reads nothing, nor does its server."""
        self.ann.says("/leave #lobby")
        self.forget()
        messages = self.west.link.messages
        self.ann.says("/nick anna")
        self.assertEqual(self.ann.reads(), ["* ann is now known as anna"])
        self.assertEqual(self.cy.reads(), [])
        self.assertEqual(self.west.link.messages, messages)

    def test_a_nick_is_unique_on_its_server(self) -> None:
        """Another server's ann is told apart by what stands before the line."""
        self.cy.says("/nick ann", "/msg #lobby I am ann")
        self.assertEqual(
            self.ann.reads(),
            ["west: * cy is now known as ann", "west: #lobby <ann> I am ann"],
        )

    def test_private_messages_stay_here(self) -> None:
        """Nobody here has the nick of somebody elsewhere, and nothing is sent."""
        messages = self.west.link.messages
        self.ann.says("/msg cy psst", "/msg elsewhere psst")
        self.assertEqual(
            self.ann.reads(),
            [
                "error: nobody here is called cy",
                "error: nobody here is called elsewhere",
            ],
        )
        self.ann.says("/msg bob psst")
        self.assertEqual(self.cy.reads(), [])
        self.assertEqual(self.west.link.messages, messages)

    def test_servers_with_one_name_are_still_two(self) -> None:
        """It is not by its name that a server knows what it has published itself."""
        twin = Server("east", self.east.link.links).client("dan")
        self.forget()
        twin.says("/msg #lobby me too")
        self.assertEqual(self.ann.reads(), ["east: #lobby <dan> me too"])

    def test_a_server_hears_of_its_rooms_alone(self) -> None:
        """The first member here subscribes the server, the last one unsubscribes it."""
        for client in (self.ann, self.bob):
            client.says("/join #tea")
        self.assertEqual(self.east.link.rooms, {"#lobby", "#tea", SEVERAL})
        self.assertEqual(self.west.link.rooms, {"#lobby", SEVERAL})
        self.ann.says("/leave #tea")
        self.assertEqual(self.east.link.rooms, {"#lobby", "#tea", SEVERAL})
        self.bob.goes()
        self.assertEqual(self.east.link.rooms, {"#lobby", SEVERAL})
        self.ann.goes()
        self.assertEqual(self.east.link.rooms, {SEVERAL})

    def test_every_text_crosses(self) -> None:
        """What is text here is the same text there, spaces and all."""
        for text in ["a  b   c", "żółw 👩\u200d💻", "x #tea east: y", "no-break\xa0"]:
            self.ann.says(f"/msg #lobby {text}")
            self.assertEqual(self.cy.reads(), [f"east: #lobby <ann> {text}"])

    def test_a_line_from_elsewhere_has_an_end(self) -> None:
        """The longest line of a client crosses; what no client can have said is cut."""
        self.ann.says(f"/msg #lobby {'x' * 500}")
        [line] = self.cy.reads()
        self.assertEqual(line, f"east: #lobby <ann> {'x' * 500}")
        self.forget()
        longest = SharedChannels.LIMIT - len("x #lobby ")
        self.west.link.publish("#lobby", b"x #lobby " + b"y" * 1_000_000)
        for client in (self.ann, self.cy):
            self.assertEqual(client.reads(), ["y" * longest])

    def test_a_message_of_commas_costs_nothing(self) -> None:
        """It is cut before anybody looks for rooms in it."""
        looked: list[str] = []
        channels = self.west.factory.chat.channels

        def here(room: str) -> frozenset[Client]:
            looked.append(room)
            return frozenset()

        self.patch(channels, "here", here)
        with capturedLogs():
            self.west.link.received(b"x " + b"," * 10_000_000 + b" y")
            self.west.link.received(b"x " + b"," * 900 + b" y")
        self.assertEqual(looked, [""] * 901)

    def test_what_is_no_line_of_a_chat_is_logged(self) -> None:
        """Others may write to the same Redis; nobody reads it, and nothing breaks."""
        for bad in [b"", b"hello", b"x #lobby", b"\xff #lobby a", b"x #lobby \x1b[2J"]:
            with capturedLogs() as events:
                self.west.link.publish("#lobby", bad)
            self.assertEqual(len(events), 2)  # one for each server
            self.assertIn(repr(bad), events[0]["log_format"].format(**events[0]))
        with capturedLogs() as events:
            self.west.link.publish("#lobby", b"\xff" * 1_000_000)
        self.assertLess(len(events[0]["log_format"].format(**events[0])), 500)
        self.west.link.publish("#lobby", b"x #other hello")
        for client in (self.ann, self.cy):
            self.assertEqual(client.reads(), [])
