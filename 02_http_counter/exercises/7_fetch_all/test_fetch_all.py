"""What a client that fetches several pages has to do."""

import gc
from typing import Any

from fetch_all import fetch_all
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from zope.interface import implementer


class FetchAllTests(SynchronousTestCase):
    """The pages of three sites are fetched, and arrive as they like."""

    longMessage = False  # a complaint is a whole sentence already

    def setUp(self) -> None:
        """Has fetch_all start."""
        self.story = "fetch_all starts."
        self.sites = Sites()
        self.came: list[object] = []
        urls = [b"http://a/", b"http://b/", b"http://c/"]
        fetching = Deferred.fromCoroutine(fetch_all(self.sites, urls))
        fetching.addBoth(self.came.append)

    def tearDown(self) -> None:
        """Forgets what was logged, which only one test asks for."""
        gc.collect()  # a Deferred logs an unhandled error when it is thrown away
        self.flushLoggedErrors()

    def test_asks_all_at_once(self) -> None:
        """All sites are asked before the first of them answers."""
        self.check_asked("a", "b", "c")

    def test_returns_the_texts(self) -> None:
        """The texts come back when all pages have arrived."""
        self.answers("a", "A")
        self.answers("b", "B")
        self.answers("c", "C")
        self.returns("A", "B", "C")

    def test_keeps_the_order(self) -> None:
        """The texts are in the order of the URLs, whichever arrives first."""
        self.answers("c", "C")
        self.answers("a", "A")
        self.answers("b", "B")
        self.returns("A", "B", "C")

    def test_survives_a_site_that_refuses(self) -> None:
        """Where a page cannot be fetched, there is None; the others are there."""
        self.answers("a", "A")
        self.refuses("b")
        self.answers("c", "C")
        self.returns("A", None, "C")

    def test_survives_a_page_that_is_not_found(self) -> None:
        """An answer with another status than 200 is a page that cannot be fetched."""
        self.answers("a", "A")
        self.answers("b", "Sorry", status=404)
        self.answers("c", "C")
        self.returns("A", None, "C")

    def test_waits_for_the_others(self) -> None:
        """After one has failed, the others may still arrive."""
        self.refuses("b")
        self.check(not self.came, f"fetch_all should wait, but {self.outcome()}.")

    def test_handles_each_error(self) -> None:
        """Nothing is logged about a page that cannot be fetched: `None` says it all."""
        self.answers("a", "A")
        self.refuses("b")
        self.answers("c", "C")
        gc.collect()
        logged = [failure.value for failure in self.flushLoggedErrors()]
        self.check(not logged, f"The log should be empty, but it has {logged}.")

    def answers(self, site: str, text: str, status: int = 200) -> None:
        """Lets a page arrive."""
        self.check_asked(site)
        self.story += f" {site} answers {status}."
        self.sites.asked[site].callback(Page(text, status))

    def refuses(self, site: str) -> None:
        """Lets a site refuse to be connected."""
        self.check_asked(site)
        self.story += f" {site} refuses."
        self.sites.asked[site].errback(Failure(Refused()))

    def returns(self, *texts: str | None) -> None:
        """Expects that fetch_all has returned just these."""
        should = f"fetch_all should return {list(texts)}, but {self.outcome()}."
        self.check(self.came == [list(texts)], should)

    def check_asked(self, *sites: str) -> None:
        """Expects that these have been asked."""
        asked = ", ".join(self.sites.asked) or "nobody"
        for site in sites:
            should = f"By now, {site} should have been asked."
            does = f"fetch_all has asked {asked} and {self.outcome()}."
            self.check(site in self.sites.asked, f"{should} {does}")

    def outcome(self) -> str:
        """Returns what fetch_all does or has done."""
        match self.came:
            case [Failure(value=error)]:
                return f"raises {error!r}"
            case [result]:
                return f"returns {result!r}"
        return "waits"

    def check(self, holds: object, complaint: str) -> None:
        """Fails the test with the story and a complaint, unless something holds."""
        if not holds:
            self.fail(f"{self.story} {complaint}")


@implementer(IAgent)
class Sites:
    """An agent whose answers come when a test says so."""

    def __init__(self) -> None:
        """Starts before the first request."""
        self.asked: dict[str, Deferred[Any]] = {}

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803 - IAgent's name
    ) -> Deferred[Any]:
        """Promises an answer."""
        site = uri.decode().removeprefix("http://").rstrip("/")
        self.asked[site] = Deferred()
        return self.asked[site]


class Page:
    """An answer, as far as readBody looks at it."""

    phrase = b""

    def __init__(self, text: str, code: int) -> None:
        """Takes the body and the status."""
        self.text = text
        self.code = code

    def deliverBody(self, protocol: Protocol) -> None:
        """Hands over the body."""
        protocol.dataReceived(self.text.encode())
        protocol.connectionLost(Failure(ResponseDone()))
