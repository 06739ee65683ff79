"""Tests that tell a good counter from bad ones."""

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

    def test_counts_from_one(self) -> None:
        """GET after GET, no number is left out."""
        for number in [1, 2, 3]:
            answer = self.ask(self.site, b"GET")
            self.assertIn(b"I am request #%d\n" % number, answer)

    def test_head_counts_nothing(self) -> None:
        """The GET after a HEAD is as if there had been none."""
        self.ask(self.site, b"HEAD")
        self.assertIn(b"I am request #1\n", self.ask(self.site, b"GET"))

    def test_refuses_post(self) -> None:
        """POST is not allowed."""
        answer = self.ask(self.site, b"POST")
        self.assertIn(b"HTTP/1.1 405 ", answer)

    def test_counts_for_one_site(self) -> None:
        """One site's requests change nothing at another site."""
        self.ask(self.site, b"GET")
        another = self.start_site()
        self.assertIn(b"I am request #1\n", self.ask(another, b"GET"))

    def test_keeps_caches_away(self) -> None:
        """No cache may keep the answer."""
        answer = self.ask(self.site, b"GET")
        self.assertIn(b"\r\nCache-Control: no-store\r\n", answer)

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
