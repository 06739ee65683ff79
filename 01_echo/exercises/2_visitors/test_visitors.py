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
        """Two servers, made by two calls of Visitors(), count apart."""
        first = self.factory
        self.connect()
        self.start_another()
        self.connect("Bob").receives(b"Welcome, visitor 1.\n")
        self.connect("Carol").receives(b"Welcome, visitor 2.\n")
        self.connect("Dave", first).receives(b"Welcome, visitor 2.\n")

    def test_greets_the_next_visitors(self) -> None:
        """The second visitor is number 2, and the third is number 3."""
        self.connect()
        bob, carol = self.connect("Bob"), self.connect("Carol")
        bob.receives(b"Welcome, visitor 2.\n")
        carol.receives(b"Welcome, visitor 3.\n")

    def test_gives_no_number_twice(self) -> None:
        """A number is not given again, even when its visitor has left."""
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
