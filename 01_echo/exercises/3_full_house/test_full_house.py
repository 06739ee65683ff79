"""What a server with two seats has to do."""

from full_house import House
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import ServerCase


class FullHouseTests(ServerCase):
    """More guests come than there are seats."""

    def make_factory(self, clock: IReactorTime) -> House:
        """Returns what listens."""
        return House()

    def test_lets_two_in(self) -> None:
        """The first two guests have a seat each, and the server is their echo."""
        alice = self.connect()
        bob = self.connect("Bob")
        alice.sends(b"hello\n")
        alice.receives(b"hello\n")
        bob.sends(b"hi\n")
        bob.receives(b"hi\n")

    def test_tells_the_third_why(self) -> None:
        """A client that comes while both seats are taken gets one line that says so."""
        self.connect()
        self.connect("Bob")
        carol = self.connect("Carol")
        carol.receives(b"Sorry, all seats are taken.\n")

    def test_hangs_up_on_the_third(self) -> None:
        """A client that is turned away is hung up on."""
        self.connect()
        self.connect("Bob")
        carol = self.connect("Carol")
        carol.is_gone()

    def test_frees_no_seat_of_who_had_none(self) -> None:
        """A client that was turned away leaves no seat behind for the next one."""
        self.connect()
        self.connect("Bob")
        self.connect("Carol")
        dave = self.connect("Dave")
        dave.is_gone()

    def test_frees_the_seat_of_who_leaves(self) -> None:
        """When a guest leaves, the next one gets the seat."""
        self.connect()
        bob = self.connect("Bob")
        bob.does("disconnects")
        carol = self.connect("Carol")
        carol.sends(b"hello\n")
        carol.receives(b"hello\n")

    def test_frees_the_seat_of_who_is_cut_off(self) -> None:
        """When the connection of a guest breaks, the next one gets the seat."""
        self.connect()
        bob = self.connect("Bob")
        bob.does("is cut off")
        carol = self.connect("Carol")
        carol.sends(b"hello\n")
        carol.receives(b"hello\n")
