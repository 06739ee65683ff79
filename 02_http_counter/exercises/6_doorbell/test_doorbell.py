"""What a doorbell on the web has to do."""

from doorbell import Doorbell
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class DoorbellTests(ServerCase):
    """Alice and Carol listen at the door, and Bob rings."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(Doorbell(clock), reactor=clock)

    def test_lets_a_client_wait(self) -> None:
        """A GET has no answer before somebody rings."""
        alice = self.connect()
        alice.asks("GET", "/")
        self.wait(29)
        alice.receives(b"")

    def test_answers_when_somebody_rings(self) -> None:
        """Whoever waits hears the bell, and can wait for the next one."""
        alice, bob = self.connect(), self.connect("Bob")
        for _ in range(2):
            alice.asks("GET", "/")
            bob.asks("POST", "/")
            bob.gets(200)
            alice.gets(200, b"Ding dong\n")

    def test_rings_for_all(self) -> None:
        """Everybody who waits hears the bell."""
        alice, carol, bob = map(self.connect, ["Alice", "Carol", "Bob"])
        alice.asks("GET", "/")
        carol.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200)
        alice.gets(200, b"Ding dong\n")
        carol.gets(200, b"Ding dong\n")

    def test_counts_who_hears(self) -> None:
        """Whoever rings reads how many waited."""
        alice, carol, bob = map(self.connect, ["Alice", "Carol", "Bob"])
        alice.asks("GET", "/")
        carol.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 2\n")

    def test_gives_up_after_half_a_minute(self) -> None:
        """After 30 seconds without a bell, the answer says so."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        self.wait(30)
        alice.gets(200, b"Nobody rang.\n")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 0\n")

    def test_answers_once(self) -> None:
        """Who has heard the bell is not told later that nobody rang."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200)
        alice.gets(200, b"Ding dong\n")
        self.wait(30)
        alice.receives(b"")

    def test_forgets_who_hangs_up(self) -> None:
        """A client that has left is not rung for, and nothing goes wrong."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        alice.does("disconnects")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 0\n")

    def test_leaves_no_timer(self) -> None:
        """When a client has left, its 30 seconds are over as well."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.does("disconnects")
        self.happens("The site closes", self.factory.doStop)
        self.check(
            not self.clock.getDelayedCalls(),
            "There should be no timer any more, but there is one.",
        )
