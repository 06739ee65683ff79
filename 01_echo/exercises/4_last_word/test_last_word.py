"""What a server that counts has to do."""

from last_word import Tally
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from docs.machinery.exercises.case import ServerCase


class LastWordTests(ServerCase):
    """A client sends something, and then no more."""

    def make_factory(self, clock: IReactorTime) -> Factory[Tally]:
        """Returns what listens."""
        return Factory.forProtocol(Tally)

    def test_says_nothing_before_the_end(self) -> None:
        """While a client may send more, it gets no answer."""
        alice = self.connect()
        alice.sends(b"hello")
        alice.receives(b"")

    def test_tells_the_total_at_the_end(self) -> None:
        """A client that half-closes gets the number of its bytes."""
        alice = self.connect()
        alice.sends(b"hello")
        alice.does("half-closes")
        alice.receives(b"Total: 5\n")

    def test_hangs_up_at_the_end(self) -> None:
        """The server hangs up on a client that half-closes: no more will come."""
        alice = self.connect()
        alice.does("half-closes")
        alice.is_gone()

    def test_adds_up_the_pieces(self) -> None:
        """The total is that of all pieces, however many there were."""
        alice = self.connect()
        alice.sends(b"hello, ")
        alice.sends(b"wor")
        alice.sends(b"ld\n")
        alice.does("half-closes")
        alice.receives(b"Total: 13\n")

    def test_counts_bytes(self) -> None:
        """Bytes are counted, not characters: an e with an accent has two."""
        alice = self.connect()
        alice.sends("caf\u00e9\r\n".encode())
        alice.does("half-closes")
        alice.receives(b"Total: 7\n")

    def test_counts_bytes_that_are_no_text(self) -> None:
        """Bytes that are not text count, too."""
        alice = self.connect()
        alice.sends(b"a\xff\x00\xfe")
        alice.does("half-closes")
        alice.receives(b"Total: 4\n")

    def test_tells_that_nothing_came(self) -> None:
        """A client that has sent nothing reads that the total is 0."""
        alice = self.connect()
        alice.does("half-closes")
        alice.receives(b"Total: 0\n")

    def test_counts_each_client_alone(self) -> None:
        """The total of one client has nothing to do with that of another."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.sends(b"hello")
        bob.sends(b"hi")
        bob.does("half-closes")
        bob.receives(b"Total: 2\n")
