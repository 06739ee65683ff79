"""Tests that tell an echo server from what only looks like one: your turn is below."""

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

    # Your turn: what else does an echo do, whatever its clients send, and whenever?
