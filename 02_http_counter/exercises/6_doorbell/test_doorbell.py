"""What a doorbell on the web has to do."""

from doorbell import Doorbell
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase

REQUESTS = 50


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
        """A client that waits hears the bell, and can wait for the next one."""
        alice, bob = self.connect(), self.connect("Bob")
        for _ in range(2):
            alice.asks("GET", "/")
            bob.asks("POST", "/")
            bob.gets(200)
            alice.gets(200, b"Ding dong\n")

    def test_rings_for_all(self) -> None:
        """Every client that waits hears the bell."""
        alice, carol, bob = map(self.connect, ["Alice", "Carol", "Bob"])
        alice.asks("GET", "/")
        carol.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200)
        alice.gets(200, b"Ding dong\n")
        carol.gets(200, b"Ding dong\n")

    def test_counts_the_waiting_clients(self) -> None:
        """The client that rings reads how many waited."""
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

    def test_gives_each_client_its_time(self) -> None:
        """A client that comes later may wait longer: its 30 seconds are its own."""
        alice, carol = self.connect(), self.connect("Carol")
        alice.asks("GET", "/")
        self.wait(20)
        carol.asks("GET", "/")
        self.wait(10)
        alice.gets(200, b"Nobody rang.\n")
        carol.receives(b"")
        self.wait(20)
        carol.gets(200, b"Nobody rang.\n")

    def test_answers_once(self) -> None:
        """A client that has heard the bell is not told later that nobody rang."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200)
        alice.gets(200, b"Ding dong\n")
        self.wait(30)
        alice.receives(b"")

    def test_forgets_a_client_that_hangs_up(self) -> None:
        """A client that has left is not rung for, and nothing goes wrong."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        alice.does("disconnects")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 0\n")

    def test_rings_for_the_clients_that_stay(self) -> None:
        """When one client has left, another still hears the bell."""
        alice, carol, bob = map(self.connect, ["Alice", "Carol", "Bob"])
        alice.asks("GET", "/")
        carol.asks("GET", "/")
        alice.does("disconnects")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 1\n")
        carol.gets(200, b"Ding dong\n")

    def test_rings_at_one_door(self) -> None:
        """A client that waits at one door does not hear the bell of another."""
        alice = self.connect()
        self.start_another()
        bob = self.connect("Bob")
        alice.asks("GET", "/")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by 0\n")
        alice.receives(b"")

    def test_leaves_no_timer(self) -> None:
        """When a client has left, its 30 seconds are over as well."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.does("disconnects")
        self.has_no_timer()

    def test_leaves_no_timer_after_the_bell(self) -> None:
        """When a client has heard the bell, its 30 seconds are over as well."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/")
        bob.asks("POST", "/")
        alice.does("disconnects")
        bob.does("disconnects")
        self.has_no_timer()

    def test_keeps_nothing(self) -> None:
        """The server keeps nothing of a request that has its answer."""
        alice, bob = self.connect(), self.connect("Bob")

        def ring() -> None:
            for _ in range(REQUESTS):
                alice.asks("GET", "/")
                bob.asks("POST", "/")

        kept = self.grows(ring)
        self.story = [f"Alice waits, and Bob rings, {REQUESTS} times."]
        self.check(
            kept < REQUESTS * 500,
            "The server should keep nothing of it, but keeps more.",
        )

    def has_no_timer(self) -> None:
        """Expects that no timer is left when the site has closed, which has its own."""
        self.happens("The site closes", self.factory.doStop)
        self.check(
            not self.clock.getDelayedCalls(),
            "There should be no timer any more, but there is one.",
        )
