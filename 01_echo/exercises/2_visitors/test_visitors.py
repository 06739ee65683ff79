"""What a server that numbers its visitors has to do."""

from twisted.internet.interfaces import IReactorTime
from visitors import Visitors

from docs.machinery.exercises.case import ServerCase


class VisitorsTests(ServerCase):
    """Visitors come and go."""

    def make_factory(self, clock: IReactorTime) -> Visitors:
        """Returns what listens."""
        return Visitors()

    def test_greets_the_first_visitor(self) -> None:
        """The first visitor is number 1."""
        alice = self.connect()
        alice.receives(b"Welcome, visitor 1.\n")

    def test_counts_for_each_server(self) -> None:
        """Another server, made by another Visitors(), has a first visitor, too."""
        self.connect()
        self.factory = self.make_factory(self.clock)
        self.happens("Another server starts", self.factory.doStart)
        bob = self.connect("Bob")
        bob.receives(b"Welcome, visitor 1.\n")

    def test_greets_the_next_visitor(self) -> None:
        """The second visitor is number 2."""
        self.connect()
        bob = self.connect("Bob")
        bob.receives(b"Welcome, visitor 2.\n")

    def test_gives_no_number_twice(self) -> None:
        """A visitor who has left keeps the number: the next one gets a new one."""
        alice = self.connect()
        alice.does("disconnects")
        bob = self.connect("Bob")
        bob.receives(b"Welcome, visitor 2.\n")

    def test_is_still_an_echo(self) -> None:
        """After the greeting, what a visitor sends comes back."""
        alice = self.connect()
        alice.clear()
        alice.sends(b"hello\n")
        alice.receives(b"hello\n")
