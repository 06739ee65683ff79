"""What a chat that tells who is in a channel has to do."""

from chat_server import ChatFactory
from twisted.internet.interfaces import IReactorTime
from who import WhoChat

from docs.machinery.exercises.case import ServerCase


class WhoChatTests(ServerCase):
    """A client asks who is in a channel."""

    def make_factory(self, clock: IReactorTime) -> ChatFactory:
        """Returns what listens."""
        factory = ChatFactory(clock)
        factory.chat = WhoChat()
        return factory

    def test_names_the_members(self) -> None:
        """Alice is alone, and reads only her own nick."""
        alice = self.enter("Alice")
        alice.says("/who #lobby")
        alice.hears("* #lobby: Alice")

    def test_names_all_in_order(self) -> None:
        """The nicks are in alphabetical order, and not in the order of arrival."""
        for nick in ["Emil", "Bob", "Dora", "Alice", "Fred"]:
            self.enter(nick)
        carol = self.enter("Carol")
        carol.says("/who #lobby")
        carol.hears("* #lobby: Alice, Bob, Carol, Dora, Emil, Fred")

    def test_sorts_without_regard_to_capitals(self) -> None:
        """Capitals make no difference to the order: alice comes before Bob."""
        alice, _bob = self.enter("alice"), self.enter("Bob")
        alice.says("/who #lobby")
        alice.hears("* #lobby: alice, Bob")

    def test_answers_nobody_else(self) -> None:
        """A client that has not asked reads nothing."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/who #lobby")
        bob.hears()

    def test_names_no_member_of_another_channel(self) -> None:
        """Somebody in the chat, but not in the channel, is not named."""
        alice, _bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.hears("* Alice has joined #tea")
        alice.says("/who #tea")
        alice.hears("* #tea: Alice")

    def test_names_no_client_that_has_left(self) -> None:
        """A client that has left the channel, or was cut off, is not named."""
        alice, bob, carol = self.enter("Alice"), self.enter("Bob"), self.enter("Carol")
        for person in [alice, bob, carol]:
            person.says("/join #tea")
        bob.says("/leave #tea")
        carol.does("is cut off")
        alice.says("/who #tea")
        alice.hears_last("* #tea: Alice")

    def test_names_them_as_they_are_called_now(self) -> None:
        """A client that has taken another nick is named by that."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/who #lobby")
        alice.hears("* #lobby: Alice, Bob")
        bob.says("/nick Robert")
        alice.says("/who #lobby")
        alice.hears_last("* #lobby: Alice, Robert")

    def test_takes_channels_without_regard_to_capitals(self) -> None:
        """#LOBBY is #lobby, and called so."""
        alice = self.enter("Alice")
        alice.says("/who #LOBBY")
        alice.hears("* #lobby: Alice")

    def test_tells_members_alone(self) -> None:
        """A client that is not in the channel learns nothing about its members."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        bob.says("/who #tea")
        bob.hears("error: you are not in #tea, /join #tea takes you there")

    def test_knows_no_empty_channel(self) -> None:
        """A channel that does not exist is answered like one that is not Bob's."""
        bob = self.enter("Bob")
        bob.says("/who #tea")
        bob.hears("error: you are not in #tea, /join #tea takes you there")
