"""What a chat whose lobby remembers has to do."""

from chat_server import ChatFactory
from history import HistoryChat
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import ServerCase

SAID = 30


class HistoryChatTests(ServerCase):
    """Alice speaks while Bob is not there."""

    def make_factory(self, clock: IReactorTime) -> ChatFactory:
        """Returns what listens."""
        factory = ChatFactory(clock)
        factory.chat = HistoryChat()
        return factory

    def test_tells_a_client_that_connects_later(self) -> None:
        """A new client reads what was said in #lobby."""
        self.enter("Alice").says("/msg #lobby hello")
        self.connect("Bob").hears_last("#lobby <Alice> hello")

    def test_tells_a_client_that_comes_back(self) -> None:
        """A client that has left #lobby, and joins again, reads it, too."""
        alice = self.enter("Alice")
        alice.says("/msg #lobby hello")
        alice.says("/leave #lobby")
        alice.says("/join #lobby")
        alice.hears_last("* Alice has joined #lobby", "#lobby <Alice> hello")

    def test_tells_every_later_client(self) -> None:
        """A second newcomer reads the same lines as the first."""
        self.enter("Alice").says("/msg #lobby hello")
        for name in ["Bob", "Carol"]:
            self.connect(name).hears_last("#lobby <Alice> hello")

    def test_knows_the_lobby_in_capitals(self) -> None:
        """A line that is published in #LOBBY was said in #lobby."""
        self.enter("Alice").says("/msg #LOBBY hello")
        self.connect("Bob").hears_last("#lobby <Alice> hello")

    def test_tells_the_oldest_line_first(self) -> None:
        """Lines keep the order in which they were said, and none is left out."""
        alice = self.enter("Alice")
        for word in ["one", "one", "two"]:
            alice.says(f"/msg #lobby {word}")
        self.connect("Bob").hears_last(
            "* guest2 has joined #lobby",
            "#lobby <Alice> one",
            "#lobby <Alice> one",
            "#lobby <Alice> two",
        )

    def test_remembers_three_lines(self) -> None:
        """Of four lines, the first is forgotten."""
        alice = self.enter("Alice")
        for word in ["one", "two", "three", "four"]:
            alice.says(f"/msg #lobby {word}")
        self.connect("Bob").hears_last(
            "* guest2 has joined #lobby",
            "#lobby <Alice> two",
            "#lobby <Alice> three",
            "#lobby <Alice> four",
        )

    def test_keeps_three_lines(self) -> None:
        """The server keeps three lines, however many are said."""
        alice = self.enter("Alice")

        def talk() -> None:
            for number in range(SAID):
                alice.says(f"/msg #lobby {number} {'long ' * 60}")
                self.wait(1)

        kept = self.grows(talk)
        self.story = [f"Alice says {SAID} lines."]
        self.check(kept < SAID * 200, "The server should keep three, but keeps more.")

    def test_remembers_lines_of_its_own(self) -> None:
        """A second chat in the same process knows nothing of the first."""
        self.enter("Alice").says("/msg #lobby hello")
        self.start_another()
        self.connect("Bob").hears_last("* guest1 has joined #lobby")

    def test_remembers_nicks_as_they_were(self) -> None:
        """A line keeps the nick under which it was said."""
        alice = self.enter("Alice")
        alice.says("/msg #lobby hello")
        alice.says("/nick Bob")
        self.connect("Carol").hears_last("#lobby <Alice> hello")

    def test_tells_nobody_twice(self) -> None:
        """A member that has read a line reads only that somebody has joined."""
        alice = self.enter("Alice")
        alice.says("/msg #lobby hello")
        alice.hears("#lobby <Alice> hello")
        self.connect("Bob")
        alice.hears("* guest2 has joined #lobby")

    def test_is_the_lobbys_alone(self) -> None:
        """A line to another channel, or to one person, stays there."""
        alice = self.enter("Alice")
        alice.says("/join #tea")
        alice.says("/msg #tea hello")
        alice.says("/msg Alice note to myself")
        self.connect("Bob").hears_last("* guest2 has joined #lobby")

    def test_tells_other_channels_nothing(self) -> None:
        """A client that joins another channel reads nothing of the lobby."""
        alice = self.enter("Alice")
        alice.says("/msg #lobby hello")
        alice.says("/join #tea")
        alice.hears("#lobby <Alice> hello", "* Alice has joined #tea")

    def test_remembers_what_members_say(self) -> None:
        """A line that was refused was not said, so nobody reads it later."""
        alice = self.enter("Alice")
        alice.says("/leave #lobby")
        alice.says("/msg #lobby hello")
        self.connect("Bob").hears_last("* guest2 has joined #lobby")
