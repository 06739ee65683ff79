"""What a chat whose channels have topics has to do."""

from chat_server import ChatFactory
from topic import TopicChat
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import ServerCase

CHANNELS = 30


class TopicChatTests(ServerCase):
    """Alice says what #tea is about, and Bob comes later."""

    def make_factory(self, clock: IReactorTime) -> ChatFactory:
        """Returns what listens."""
        factory = ChatFactory(clock)
        factory.chat = TopicChat()
        return factory

    def test_tells_the_members(self) -> None:
        """All members read the topic when it is set."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/topic #lobby milk first")
        alice.hears("* The topic of #lobby is milk first")
        bob.hears("* The topic of #lobby is milk first")

    def test_tells_a_client_that_joins_later(self) -> None:
        """A newcomer reads the topic, after the line about the joining."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea", "* The topic of #tea is milk first")

    def test_takes_a_new_topic(self) -> None:
        """A topic lasts until the next one: a newcomer reads only that."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.says("/topic #tea no milk")
        alice.hears_last("* The topic of #tea is no milk")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea", "* The topic of #tea is no milk")

    def test_lets_members_alone_set_it(self) -> None:
        """A client that is not in a channel cannot say what it is about."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        bob.says("/topic #tea no milk")
        bob.hears("error: you are not in #tea, /join #tea takes you there")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea")

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
        """Each channel has a topic of its own."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/topic #lobby milk first")
        bob.hears("* The topic of #lobby is milk first")
        bob.says("/join #coffee")
        bob.hears("* Bob has joined #coffee")
        bob.says("/topic #coffee black")
        carol = self.connect("Carol")
        carol.hears_last("* The topic of #lobby is milk first")

    def test_keeps_the_topic_while_members_stay(self) -> None:
        """A topic lasts when somebody leaves, even if it was theirs."""
        alice, bob, carol = self.enter("Alice"), self.enter("Bob"), self.enter("Carol")
        alice.says("/join #tea")
        carol.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.says("/leave #tea")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea", "* The topic of #tea is milk first")

    def test_forgets_when_the_last_one_leaves(self) -> None:
        """A channel that everybody has left starts over, without a topic."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.says("/leave #tea")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea")

    def test_forgets_when_the_last_one_is_cut_off(self) -> None:
        """A member whose connection is lost has left, too."""
        alice, bob = self.enter("Alice"), self.enter("Bob")
        alice.says("/join #tea")
        alice.says("/topic #tea milk first")
        alice.does("is cut off")
        bob.hears("* Alice has left #lobby")
        bob.says("/join #tea")
        bob.hears("* Bob has joined #tea")

    def test_leaves_a_channel_without_a_topic(self) -> None:
        """The last member may leave a channel that never had a topic."""
        alice = self.enter("Alice")
        alice.says("/join #tea")
        alice.says("/leave #tea")
        alice.hears("* Alice has joined #tea", "* Alice has left #tea")

    def test_keeps_no_topic_of_a_channel_that_is_gone(self) -> None:
        """The server keeps no topics of channels that have come and gone."""
        alice = self.enter("Alice")

        def come_and_go() -> None:
            for number in range(CHANNELS):
                alice.says(f"/join #tea{number}")
                alice.says(f"/topic #tea{number} {'long ' * 60}")
                alice.says(f"/leave #tea{number}")
                self.wait(1)

        kept = self.grows(come_and_go)
        self.story = [f"{CHANNELS} channels get a topic, and lose their last member."]
        self.check(kept < CHANNELS * 200, "The server should keep no topic of them.")

    def test_has_topics_of_its_own(self) -> None:
        """A second chat in the same process knows no topics of the first."""
        self.enter("Alice").says("/topic #lobby milk first")
        self.start_another()
        self.connect("Bob").hears_last("* guest1 has joined #lobby")
