"""What guests see in a chat that is fixed."""

from fix_the_chat import House
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import Client, ServerCase


class HouseTests(ServerCase):
    """Guests in a house with rooms."""

    def make_factory(self, clock: IReactorTime) -> House:
        """Returns what listens."""
        return House()

    def guest(self, name: str) -> Client:
        """Returns a guest with a name; all guests have read everything so far."""
        client = self.connect(name)
        client.says(f"/name {name}")
        for anyone in self.clients:
            anyone.clear()
        return client

    def test_answers_a_client_that_sends_only_lf(self) -> None:
        """A guest reads the answer to a command from nc, which ends lines with LF."""
        alice = self.connect("Alice")
        alice.says("/name Alice")
        alice.hears_last("You are Alice, in the hall.")

    def test_gives_each_guest_a_name(self) -> None:
        """Alice and Bob read different names when they connect."""
        greeting = self.connect("Alice").value()
        self.check(
            self.connect("Bob").value() != greeting,
            f"Both read {greeting.decode().strip()!r}, so they have one name.",
        )

    def test_shows_what_was_typed(self) -> None:
        """Everybody in the room, Alice included, reads the words as she typed them."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.says("hello")
        bob.hears("Alice: hello")
        alice.hears("Alice: hello")

    def test_does_not_show_how_a_line_ended(self) -> None:
        """A line from telnet, which sends CRLF, looks as if from nc."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.sends(b"hello\r\n")
        bob.receives(b"Alice: hello\n")

    def test_takes_commands_from_telnet(self) -> None:
        """A command may end with CRLF, too: its end is no part of a name or a room."""
        alice, bob = self.guest("Alice"), self.connect("Bob")
        bob.sends(b"/name Bob\r\n")
        bob.hears_last("You are Bob, in the hall.")
        bob.sends(b"/go garden\r\n")
        alice.says("/go garden")
        bob.clear()
        alice.says("hello")
        bob.hears("Alice: hello")

    def test_keeps_spaces(self) -> None:
        """A line is shown with the spaces that were typed, wherever they are."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.says("  one  two ")
        bob.hears("Alice:   one  two ")

    def test_shows_every_alphabet(self) -> None:
        """A line may be in any language, and reaches the others as it was typed."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.says("zażółć, ありがとう")
        bob.hears("Alice: zażółć, ありがとう")

    def test_keeps_rooms_apart(self) -> None:
        """Words in the hall are not heard in the garden."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        bob.says("/go garden")
        bob.hears("You are Bob, in the garden.")
        alice.says("hello")
        bob.hears()

    def test_has_rooms_to_talk_in(self) -> None:
        """Guests in the garden hear each other."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.says("/go garden")
        bob.says("/go garden")
        bob.hears("You are Bob, in the garden.")
        alice.says("hello")
        bob.hears("Alice: hello")

    def test_tells_the_room_that_a_guest_has_gone(self) -> None:
        """When Alice's connection is lost, her room reads that she has gone."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        alice.does("is cut off")
        bob.hears("Alice has gone.")

    def test_tells_no_other_room_that_a_guest_has_gone(self) -> None:
        """Alice leaves from the garden: Bob is there and reads it. Carol does not."""
        alice, bob, carol = self.guest("Alice"), self.guest("Bob"), self.guest("Carol")
        alice.says("/go garden")
        bob.says("/go garden")
        bob.clear()
        alice.does("disconnects")
        bob.hears("Alice has gone.")
        carol.hears()

    def test_gives_no_name_twice(self) -> None:
        """Nobody gets a name that somebody has, even if others have gone."""
        alice, bob = self.connect("Alice"), self.connect("Bob")
        alice.does("disconnects")
        greeting = bob.value().splitlines()[0]
        self.check(
            self.connect("Carol").value().strip() != greeting,
            f"Bob and Carol both read {greeting.decode()!r}, so they have one name.",
        )
