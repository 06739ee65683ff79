"""What a chat that does not repeat your words has to do."""

from chat_server import ChatFactory
from not_to_me import QuietChat
from twisted.internet.interfaces import IReactorTime

from tests.exercise_case import ServerCase


class QuietChatTests(ServerCase):
    """Two people in a quiet chat."""

    def make_factory(self, clock: IReactorTime) -> ChatFactory:
        """Returns what listens."""
        factory = ChatFactory()
        factory.chat = QuietChat()
        return factory

    def test_does_not_publish_to_the_sender(self) -> None:
        """Who publishes reads nothing of it."""
        alice, _bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/msg #lobby hello")
        alice.hears()

    def test_publishes_to_the_others(self) -> None:
        """The other members read what is published, once."""
        alice, bob, carol = self.enter("Alice"), self.enter("Bob"), self.enter("Carol")
        alice.says("/msg #lobby hello")
        bob.hears("#lobby <Alice> hello")
        carol.hears("#lobby <Alice> hello")

    def test_keeps_the_sender_in_the_channel(self) -> None:
        """Who has published is still a member, and may publish again."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/msg #lobby hello")
        bob.says("/msg #lobby hi")
        alice.hears("#lobby <Bob> hi")

    def test_asks_whether_the_sender_is_a_member(self) -> None:
        """Nobody reads the words of somebody who has left the channel."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        bob.says("/leave #lobby")
        alice.hears("* Bob has left #lobby")
        bob.says("/msg #lobby hello")
        alice.hears()

    def test_tells_a_leaver_of_the_leaving(self) -> None:
        """Who leaves a channel reads so, as before."""
        alice = self.enter("Alice")
        alice.says("/leave #lobby")
        alice.hears("* Alice has left #lobby")

    def test_shows_a_private_message_to_both(self) -> None:
        """Who sends a private message reads what was sent, as before."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/msg Bob hello")
        bob.hears("<Alice> hello")
        alice.hears("<Alice> hello")
