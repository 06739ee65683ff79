"""What a server that shouts has to do."""

from shout import Shout
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from docs.machinery.exercises.case import ServerCase


class ShoutTests(ServerCase):
    """One client shouts with the server."""

    def make_factory(self, clock: IReactorTime) -> Factory[Shout]:
        """Returns what listens."""
        return Factory.forProtocol(Shout)

    def test_answers_in_capitals(self) -> None:
        """What a client sends comes back in capitals."""
        alice = self.connect()
        alice.sends(b"hello\n")
        alice.receives(b"HELLO\n")

    def test_leaves_the_rest_as_it_is(self) -> None:
        """Digits, signs and line ends come back as they came."""
        alice = self.connect()
        alice.sends(b"  B 4, 73! \r\n")
        alice.receives(b"  B 4, 73! \r\n")

    def test_answers_at_once(self) -> None:
        """A piece of a line is answered before the rest of it arrives."""
        alice = self.connect()
        alice.sends(b"h")
        alice.receives(b"H")
        alice.sends(b"i")
        alice.receives(b"I")

    def test_takes_bytes_that_are_no_text(self) -> None:
        """Bytes that are not text come back unharmed, and letters beside them shout."""
        alice = self.connect()
        alice.sends(b"a\xff\x00\xfez")
        alice.receives(b"A\xff\x00\xfeZ")

    def test_leaves_other_letters_as_they_are(self) -> None:
        """A letter outside a to z comes back as it is, in one piece or in two."""
        alice = self.connect()
        alice.sends("\u00e9".encode())
        alice.receives("\u00e9".encode())
        alice.sends("\u00e9".encode()[:1])
        alice.sends("\u00e9".encode()[1:])
        alice.receives("\u00e9".encode())
