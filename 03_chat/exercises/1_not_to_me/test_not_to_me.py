"""What a chat that does not repeat your words has to do."""

from not_to_me import QuietChat
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import Client, ServerCase


class QuietChatTests(ServerCase):
    """People in a quiet chat."""

    def make_factory(self, clock: IReactorTime) -> QuietChat:
        """Returns what listens."""
        return QuietChat()

    def people(self, *names: str) -> list[Client]:
        """Returns clients that have read everything so far."""
        people = [self.connect(name) for name in names]
        for person in people:
            person.clear()
        return people

    def test_does_not_publish_to_the_sender(self) -> None:
        """A client reads nothing of what it publishes."""
        alice, _bob = self.people("Alice", "Bob")
        alice.says("hello")
        alice.hears()

    def test_publishes_to_the_others(self) -> None:
        """Everybody else reads it, once."""
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        alice.says("hello")
        bob.hears("<guest1> hello")
        carol.hears("<guest1> hello")

    def test_publishes_to_no_client_that_has_left(self) -> None:
        """The server sends nothing to a client that is gone."""
        alice, bob, carol = self.people("Alice", "Bob", "Carol")
        carol.does("disconnects")
        bob.clear()
        alice.says("hello")
        bob.hears("<guest1> hello")
        self.check(
            not any(told.startswith("The server writes") for told in self.story),
            "It should write to clients that are there, and to no others.",
        )

    def test_speaks_to_an_empty_room(self) -> None:
        """A client that is alone may speak, and reads nothing."""
        [alice] = self.people("Alice")
        alice.says("hello")
        alice.hears()

    def test_keeps_the_sender_in_the_chat(self) -> None:
        """A client that has published something still hears the others."""
        alice, bob = self.people("Alice", "Bob")
        alice.says("hello")
        bob.says("hi")
        alice.hears("<guest2> hi")

    def test_tells_a_newcomer_that_it_has_joined(self) -> None:
        """A new client reads its own arrival, as before."""
        self.connect("Alice").hears("* guest1 has joined")

    def test_tells_the_others_that_a_client_has_left(self) -> None:
        """A client that stays reads who has left, as before, even if it has spoken."""
        alice, bob = self.people("Alice", "Bob")
        bob.says("bye")
        bob.clear()
        alice.does("disconnects")
        bob.hears("* guest1 has left")
