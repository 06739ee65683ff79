"""Tests that tell an echo server from what only looks like one."""

from six_echoes import GoodEcho
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase


class EchoTests(SynchronousTestCase):
    """What every echo server does."""

    server: type[Protocol] = GoodEcho  # EchoA to EchoE will take its place

    def connect(self, transport: StringTransport) -> Protocol:
        """Does what the reactor does with a new connection."""
        echo = self.server()
        echo.makeConnection(transport)
        return echo

    def test_sends_back_what_it_receives(self) -> None:
        """A client receives exactly the bytes that it sends."""
        transport = StringTransport()
        echo = self.connect(transport)
        echo.dataReceived(b"hello\n")
        self.assertEqual(transport.value(), b"hello\n")

    def test_goes_on_with_the_conversation(self) -> None:
        """Each piece comes back once, after those before it."""
        transport = StringTransport()
        echo = self.connect(transport)
        echo.dataReceived(b"hello\n")
        echo.dataReceived(b"again\n")
        self.assertEqual(transport.value(), b"hello\nagain\n")

    def test_keeps_line_ends(self) -> None:
        """Lines come back with the ends that they had, whichever these were."""
        transport = StringTransport()
        echo = self.connect(transport)
        echo.dataReceived(b"one\ntwo\r\nthree\rfour\n\r\n")
        self.assertEqual(transport.value(), b"one\ntwo\r\nthree\rfour\n\r\n")

    def test_does_not_wait_for_a_line_end(self) -> None:
        """Half a line comes back before its other half is there."""
        transport = StringTransport()
        echo = self.connect(transport)
        echo.dataReceived(b"hel")
        self.assertEqual(transport.value(), b"hel")

    def test_keeps_every_byte_as_it_is(self) -> None:
        """Each of the 256 values of a byte comes back, whether it is text or not."""
        transport = StringTransport()
        echo = self.connect(transport)
        echo.dataReceived(bytes(range(256)))
        self.assertEqual(transport.value(), bytes(range(256)))

    def test_keeps_clients_apart(self) -> None:
        """A client's words come back to it, and to no other client."""
        first, last = StringTransport(), StringTransport()
        echo = self.connect(first)
        self.connect(last)
        echo.dataReceived(b"for me alone\n")
        self.assertEqual(first.value(), b"for me alone\n")
        self.assertEqual(last.value(), b"")
