"""What a server with two seats has to do."""

from full_house import House
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import Client, ServerCase


class FullHouseTests(ServerCase):
    """More guests come than there are seats."""

    def make_factory(self, clock: IReactorTime) -> House:
        """Returns what listens."""
        return House()

    def has_a_seat(self, guest: Client) -> None:
        """Expects that the server is an echo for this guest."""
        guest.sends(b"hello\n")
        guest.receives(b"hello\n")

    def test_lets_two_in(self) -> None:
        """The first two guests have a seat each, and the server is their echo."""
        alice, bob = self.connect(), self.connect("Bob")
        self.has_a_seat(alice)
        self.has_a_seat(bob)

    def test_tells_the_third_why(self) -> None:
        """A client that comes while both seats are taken gets one line that says so."""
        self.connect()
        self.connect("Bob")
        carol = self.connect("Carol")
        carol.receives(b"Sorry, all seats are taken.\n")

    def test_tells_nobody_else(self) -> None:
        """Guests that have a seat read nothing when another client is turned away."""
        alice, bob = self.connect(), self.connect("Bob")
        self.connect("Carol")
        alice.receives(b"")
        bob.receives(b"")

    def test_hangs_up_on_the_third(self) -> None:
        """The server hangs up on a client that it turns away."""
        self.connect()
        self.connect("Bob")
        carol = self.connect("Carol")
        carol.is_gone()

    def test_frees_no_seat_for_a_client_without_one(self) -> None:
        """A client that was turned away leaves no seat behind for the next one."""
        self.connect()
        self.connect("Bob")
        self.connect("Carol")
        dave = self.connect("Dave")
        dave.is_gone()

    def test_frees_the_seat_when_a_client_leaves(self) -> None:
        """When a guest leaves, the next one gets the seat."""
        self.connect()
        bob = self.connect("Bob")
        bob.does("disconnects")
        self.has_a_seat(self.connect("Carol"))

    def test_frees_one_seat_at_a_time(self) -> None:
        """When one guest leaves, there is a seat for one client, and not for two."""
        self.connect()
        bob = self.connect("Bob")
        bob.does("disconnects")
        self.connect("Carol")
        self.connect("Dave").is_gone()

    def test_frees_every_seat(self) -> None:
        """When both guests have left, there are seats for two."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.does("disconnects")
        bob.does("disconnects")
        carol, dave = self.connect("Carol"), self.connect("Dave")
        self.has_a_seat(carol)
        self.has_a_seat(dave)

    def test_frees_the_seat_when_a_connection_breaks(self) -> None:
        """When the connection of a guest breaks, the next one gets the seat."""
        self.connect()
        bob = self.connect("Bob")
        bob.does("is cut off")
        self.has_a_seat(self.connect("Carol"))

    def test_keeps_no_seat_for_a_client_that_goes_slowly(self) -> None:
        """A client that is turned away has no seat, even before it is gone."""
        self.connect()
        bob = self.connect("Bob")
        carol = Client("Carol", self)
        carol.reads = False  # so that the server cannot send its line, and close
        told = "Carol, who does not read, connects"
        self.happens(told, lambda: carol.connect(self.factory))
        bob.does("disconnects")
        self.has_a_seat(self.connect("Dave"))

    def test_has_seats_of_its_own(self) -> None:
        """Another server, made by another House(), has two free seats, too."""
        self.connect()
        self.connect("Bob")
        self.start_another()
        self.has_a_seat(self.connect("Carol"))
