"""What a bell that streams has to do."""

from bell import Bell
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import Client, ServerCase, words_of


class BellTests(ServerCase):
    """Alice and Carol listen, and Bob rings."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(Bell(), reactor=clock)

    def listen(self, name: str = "Alice") -> Client:
        """Returns a client that listens, and has read what comes first."""
        client = self.connect(name)
        client.asks("GET", "/")
        head, _, body = client.read().partition(b"\r\n\r\n")
        self.check(head, f"{name} should have the headers at once, but has none.")
        status, *lines = head.lower().decode().split("\r\n")
        self.check(" 200 " in status, f"The status should be 200, but is {status!r}.")
        headers = dict(line.split(": ", 1) for line in lines)
        kind = headers.get("content-type", "")
        should = f"The content type should be 'text/event-stream', but is {kind!r}."
        self.check("text/event-stream" in words_of(kind), should)
        goes_on = headers.get("transfer-encoding") == "chunked"
        self.check(goes_on, "The answer should go on, but it has an end already.")
        self.check_events(client, body)
        return client

    def check_events(self, client: Client, data: bytes, *expected: str) -> None:
        """Expects just these events in some chunks of an answer."""
        text = b""
        while data:
            size, _, rest = data.partition(b"\r\n")
            length = int(size, 16)
            ended = f"{client.name}'s answer should go on, but has ended."
            self.check(length, ended)
            text, data = text + rest[:length], rest[length + 2 :]
        events = [
            event for event in text.decode().split("\n\n") if not event.startswith(":")
        ]
        wanted = [f"data: {event}" for event in expected]
        should = f"{wanted}, each with an empty line after it" if wanted else "nothing"
        self.check(
            events == [*wanted, ""] or events == wanted == [],
            f"{client.name} should receive {should}, but receives {text.decode()!r}.",
        )

    def hears(self, client: Client, *rings: int) -> None:
        """Expects just these rings since the last look."""
        self.check_events(client, client.read(), *(f"Ring {ring}" for ring in rings))

    def ring(self, heard_by: int) -> None:
        """Rings, and expects to be told how many have heard it."""
        bob = self.connect("Bob")
        bob.asks("POST", "/")
        bob.gets(200, b"Heard by %d\n" % heard_by)

    def test_begins_at_once(self) -> None:
        """A client that listens has the headers before anybody rings."""
        self.listen()

    def test_rings_for_all(self) -> None:
        """Everybody who listens hears each ring."""
        alice, carol = self.listen(), self.listen("Carol")
        for ring in (1, 2):
            self.ring(heard_by=2)
            self.hears(alice, ring)
            self.hears(carol, ring)

    def test_counts_rings_that_nobody_hears(self) -> None:
        """A client that comes late hears only what follows, by its number."""
        self.ring(heard_by=0)
        self.ring(heard_by=0)
        alice = self.listen()
        self.ring(heard_by=1)
        self.hears(alice, 3)

    def test_forgets_a_client_that_leaves(self) -> None:
        """A client that has left isn't counted, and the others hear the bell."""
        alice, carol = self.listen(), self.listen("Carol")
        alice.does("disconnects")
        self.ring(heard_by=1)
        self.hears(carol, 1)

    def test_is_one_of_many_bells(self) -> None:
        """Another bell rings elsewhere, and has numbers of its own."""
        alice = self.listen()
        self.ring(heard_by=1)
        self.hears(alice, 1)
        self.start_another()
        carol = self.listen("Carol")
        self.ring(heard_by=1)
        self.hears(carol, 1)
        self.hears(alice)

    def test_writes_nothing_to_a_slow_client(self) -> None:
        """What is written to it would wait in the server's memory."""
        alice = self.listen()
        alice.does("stops reading")
        self.ring(heard_by=1)
        waiting = alice.io.getvalue()
        self.check(not waiting, f"Nothing should wait for Alice, but {waiting!r} does.")

    def test_sends_the_newest_ring_to_a_client_that_was_slow(self) -> None:
        """It has missed three, and hears the last of them; then each new one."""
        alice = self.listen()
        alice.does("stops reading")
        for _ in range(3):
            self.ring(heard_by=1)
        alice.does("reads again")
        self.hears(alice, 3)
        self.ring(heard_by=1)
        self.hears(alice, 4)

    def test_sends_no_ring_twice(self) -> None:
        """A client that is slow again, and has missed nothing, hears nothing."""
        alice = self.listen()
        alice.does("stops reading")
        self.ring(heard_by=1)
        alice.does("reads again")
        self.hears(alice, 1)
        alice.does("stops reading")
        alice.does("reads again")
        self.hears(alice)

    def test_lets_nobody_wait_for_a_slow_client(self) -> None:
        """The others hear each ring at once."""
        alice, carol = self.listen(), self.listen("Carol")
        alice.does("stops reading")
        for ring in (1, 2):
            self.ring(heard_by=2)
            self.hears(carol, ring)
