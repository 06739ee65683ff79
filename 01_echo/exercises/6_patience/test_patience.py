"""What a server that loses patience has to do."""

from patience import Patience
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import ServerCase


class PatienceTests(ServerCase):
    """Clients are silent for a while."""

    def make_factory(self, clock: IReactorTime) -> Patience:
        """Returns what listens."""
        return Patience(clock)

    def test_hangs_up_on_a_client_that_says_nothing(self) -> None:
        """After 30 seconds, the server hangs up on a client that has sent nothing."""
        alice = self.connect()
        self.wait(30)
        alice.is_gone()

    def test_is_patient_for_so_long(self) -> None:
        """For 29 seconds, a client may be silent."""
        alice = self.connect()
        self.wait(29)
        alice.sends(b"hello\n")
        alice.receives(b"hello\n")

    def test_counts_from_the_last_piece(self) -> None:
        """Each piece that a client sends gives it another 30 seconds."""
        alice = self.connect()
        for piece in [b"one", b"two", b"three"]:
            self.wait(20)
            alice.sends(piece)
        self.wait(29)
        alice.stays()

    def test_hangs_up_on_a_client_that_falls_asleep(self) -> None:
        """The server hangs up on a client 30 seconds after its last piece."""
        alice = self.connect()
        self.wait(20)
        alice.sends(b"hello\n")
        self.wait(30)
        alice.is_gone()

    def test_looks_at_each_client_alone(self) -> None:
        """A client that talks does not keep a silent one connected, nor the reverse."""
        alice = self.connect()
        bob = self.connect("Bob")
        self.wait(20)
        alice.sends(b"hello\n")
        self.wait(20)
        bob.is_gone()
        alice.stays()

    def test_goes_on_for_the_others(self) -> None:
        """After the server has hung up on one client, it serves the next as before."""
        self.connect()
        self.wait(30)
        bob = self.connect("Bob")
        bob.sends(b"hello\n")
        bob.receives(b"hello\n")

    def test_leaves_no_timer_behind(self) -> None:
        """When a client has left, or was cut off, nothing is left to do for it."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.sends(b"hello\n")
        alice.does("disconnects")
        bob.does("is cut off")
        timers = self.clock.getDelayedCalls()
        self.check(not timers, f"No timer should be left, but there is {len(timers)}.")
