"""Tests that tell a good counter from bad ones: your turn is in `CounterTests`."""

from six_counters import GoodCounter
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Site


class CounterTests(SynchronousTestCase):
    """A client asks a site, and reads whether the counter keeps its promises."""

    server: type[GoodCounter] = GoodCounter  # the others will take its place

    def setUp(self) -> None:
        """Starts a site for each test."""
        self.site = self.start_site()

    # Your turn: a test for each promise.

    def start_site(self) -> Site:
        """Returns a new site with a new counter."""
        return Site(self.server(), reactor=Clock())

    def ask(self, site: Site, method: bytes) -> bytes:
        """Sends a request such as GET; returns what the client receives, unparsed."""
        channel = site.buildProtocol(IPv4Address("TCP", "192.0.2.7", 50000))
        transport = StringTransport()
        channel.makeConnection(transport)
        channel.dataReceived(method + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        channel.connectionLost(Failure(ConnectionDone()))
        received: bytes = transport.value()
        return received
