"""What a server that echoes whole lines has to do."""

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from whole_lines import LineEcho

from docs.machinery.exercises.case import ServerCase


class WholeLinesTests(ServerCase):
    """Lines arrive in pieces of any size."""

    def make_factory(self, clock: IReactorTime) -> Factory[LineEcho]:
        """Returns what listens."""
        return Factory.forProtocol(LineEcho)

    def test_puts_a_line_together(self) -> None:
        """A line that came in pieces comes back whole, and only once."""
        alice = self.connect()
        alice.sends(b"hel")
        alice.sends(b"lo\n")
        alice.receives(b"hello\n")
        alice.sends(b"again\n")
        alice.receives(b"again\n")

    def test_keeps_clients_apart(self) -> None:
        """Half a line of one client and half a line of another make no line."""
        alice = self.connect()
        bob = self.connect("Bob")
        alice.sends(b"from Alice")
        bob.sends(b"from Bob\n")
        bob.receives(b"from Bob\n")

    def test_waits_for_the_end_of_a_line(self) -> None:
        """Nothing comes back before the line is complete."""
        alice = self.connect()
        alice.sends(b"hel")
        alice.receives(b"")

    def test_finds_the_lines_of_a_piece(self) -> None:
        """A piece may hold several lines, empty ones too, and the start of another."""
        alice = self.connect()
        alice.sends(b"one\n\nth")
        alice.receives(b"one\n\n")
        alice.sends(b"ree\n")
        alice.receives(b"three\n")

    def test_keeps_a_line_as_it_is(self) -> None:
        """A line comes back with its spaces, and with its CR if it has one."""
        alice = self.connect()
        alice.sends(b"  one\ttwo \r\nth\rree\n")
        alice.receives(b"  one\ttwo \r\nth\rree\n")

    def test_takes_bytes_that_are_no_text(self) -> None:
        """A piece may end inside a character, and a line need not be text."""
        alice = self.connect()
        alice.drips("\u017c\u00f3\u0142w\n".encode())
        alice.receives("\u017c\u00f3\u0142w\n".encode())
        alice.sends(b"\xff\x00\n")
        alice.receives(b"\xff\x00\n")

    def test_takes_many_short_lines(self) -> None:
        """Lines that are short do not become too long by coming together."""
        alice = self.connect()
        alice.sends(b"one\ntwo\nthree\nfour\nfive\n")
        alice.receives(b"one\ntwo\nthree\nfour\nfive\n")

    def test_refuses_a_line_that_does_not_end(self) -> None:
        """A line may grow to 20 bytes, and with one more it is too long."""
        alice = self.connect()
        alice.sends(b"a" * 20)
        alice.receives(b"")
        alice.sends(b"a")
        alice.receives(b"Line too long.\n")
        alice.is_gone()

    def test_refuses_a_long_line_that_comes_at_once(self) -> None:
        """A line of 20 bytes comes back, one of 21 is too long, end or no end."""
        alice = self.connect()
        alice.sends(b"a" * 20 + b"\n")
        alice.receives(b"a" * 20 + b"\n")
        alice.sends(b"a" * 20 + b" \n")
        alice.receives(b"Line too long.\n")
        alice.is_gone()

    def test_measures_a_line_in_bytes(self) -> None:
        """Eleven letters of two bytes each are too long."""
        alice = self.connect()
        alice.sends("\u00e9".encode() * 11 + b"\n")
        alice.receives(b"Line too long.\n")

    def test_echoes_the_lines_before_that(self) -> None:
        """A line before one that is too long comes back, even out of the same piece."""
        alice = self.connect()
        alice.sends(b"hello\n" + b"a" * 21 + b"\n")
        alice.receives(b"hello\nLine too long.\n")

    def test_says_nothing_more_after_that(self) -> None:
        """Nothing that follows a line that is too long is echoed."""
        alice = self.connect()
        alice.sends(b"a" * 21 + b"\nhello\n")
        alice.receives(b"Line too long.\n")
