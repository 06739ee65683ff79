"""What a chat whose channels have topics has to do."""

from chat_server import ChatFactory
from topic import TopicChat
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import ServerCase


class TopicChatTests(ServerCase):
    """Alice says what #tea is about, and Bob comes later."""

    def make_factory(self, clock: IReactorTime) -> ChatFactory:
        """Returns what listens."""
        factory = ChatFactory(clock)
        factory.chat = TopicChat()
        return factory

    def test_tells_the_members(self) -> None:
        """Those who are there read the topic when it is set."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/topic #lobby milk first")
        alice.hears("* The topic of #lobby is milk first")
        bob.hears("* The topic of #lobby is milk first")

    def test_tells_who_comes_later(self) -> None:
        """A newcomer reads the topic, after the line about the joining."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea", "* The topic of #tea is milk first")

    def test_tells_it_once(self) -> None:
        """A member that knows the topic reads only that somebody has joined."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.hears("* Alice has joined #tea", "* The topic of #tea is milk first")
        bob.says("/join #tea")
        alice.hears("* Bob has joined #tea")

    def test_tells_guests_of_the_lobby(self) -> None:
        """A new client is in #lobby, and reads its topic last."""
        self.enter("Alice").says("/topic #lobby milk first")
        self.connect("Bob").hears_last(
            "* guest2 has joined #lobby", "* The topic of #lobby is milk first"
        )

    def test_has_a_topic_for_each_channel(self) -> None:
        """What one channel is about is not what another is about."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/topic #lobby milk first")
        bob.hears("* The topic of #lobby is milk first")
        bob.says("/join #coffee")
        bob.hears("* Bob has joined #coffee")

    def test_keeps_the_topic_of_those_who_stay(self) -> None:
        """A topic lasts when somebody leaves, even if it was theirs."""
        alice, bob, carol = self.enter("Alice"), self.enter("Bob"), self.enter("Carol")
        alice.says("/join #tea")
        carol.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.says("/leave #tea")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea", "* The topic of #tea is milk first")

    def test_forgets_when_the_last_one_leaves(self) -> None:
        """A channel that everybody has left begins anew, without a topic."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.says("/leave #tea")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea")

    def test_forgets_when_the_last_one_is_cut_off(self) -> None:
        """A lost connection is a leaving, too."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.does("is cut off")
        bob.hears("* Alice has left #lobby")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea")
