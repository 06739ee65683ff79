"""The steps beside the counter's ladder: children, and answers that take time."""

import runpy
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from tests import ROOT

STEPS = ROOT / "02_http_counter" / "steps"


def step(name: str) -> dict[str, Any]:
    """Returns what a step defines, without running it."""
    return runpy.run_path(str(STEPS / name))


class SiteTestCase(SynchronousTestCase):
    """Gives each test a clock, and a way to ask."""

    def setUp(self) -> None:
        """Sets the clock to 0."""
        self.clock = Clock()

    def ask(self, root: Resource, path: bytes) -> tuple[Protocol, StringTransport]:
        """Sends a GET for `path` to a site; returns both ends of the connection."""
        site = Site(root, reactor=self.clock)
        channel = site.buildProtocol(IPv4Address("TCP", "192.0.2.7", 50000))
        transport = StringTransport()
        channel.makeConnection(transport)
        channel.dataReceived(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return channel, transport


class ChildrenTests(SiteTestCase):
    """A tree of resources, as in counter_paths.py."""

    def test_each_path_has_its_resource(self) -> None:
        """What was put there answers for its path alone, and nothing else is."""
        root = step("counter_paths.py")["Root"]()
        for path, status, body in [
            (b"/", b"200 OK", b"I am request #1\n"),
            (b"/favicon.ico", b"404 Not Found", b"No Such Resource"),
            (b"/about", b"200 OK", b"The counter is at /\n"),
            (b"/about/more", b"200 OK", b"The counter is at /\n"),  # a leaf
            (b"/", b"200 OK", b"I am request #2\n"),
        ]:
            _, transport = self.ask(root, path)
            self.assertIn(b"HTTP/1.1 " + status, transport.value())
            self.assertIn(body, transport.value())

    def test_each_resource_says_that_it_is_plain_text(self) -> None:
        """Without a content type, Twisted would call it HTML."""
        root = step("counter_paths.py")["Root"]()
        for path in (b"/", b"/about"):
            _, transport = self.ask(root, path)
            self.assertIn(b"\r\nContent-Type: text/plain\r\n", transport.value())


class SlowAnswerTests(SiteTestCase):
    """NOT_DONE_YET, as in counter_slow.py."""

    def setUp(self) -> None:
        """Asks for an answer that takes two seconds."""
        super().setUp()
        slow = step("counter_slow.py")["SlowAnswer"](self.clock)
        self.channel, self.transport = self.ask(slow, b"/")

    def test_answers_when_it_is_ready(self) -> None:
        """Nothing is sent before the time is up; then the whole answer is."""
        self.clock.advance(1.9)
        self.assertEqual(self.transport.value(), b"")
        self.clock.advance(0.1)
        self.assertIn(b"Thank you for waiting.\n", self.transport.value())
        self.assertTrue(self.transport.value().endswith(b"0\r\n\r\n"))  # no more comes

    def test_forgets_a_client_that_hangs_up(self) -> None:
        """A client that leaves takes its answer's timer with it, without an error."""
        self.channel.connectionLost(Failure(ConnectionDone()))
        self.clock.advance(2)
        self.assertEqual(self.transport.value(), b"")
        self.assertEqual(self.clock.getDelayedCalls(), [])
