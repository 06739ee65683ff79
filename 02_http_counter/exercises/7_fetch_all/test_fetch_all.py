"""What a client that fetches several pages has to do."""

import gc
from typing import Any

from fetch_all import fetch_all
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.error import DNSLookupError
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
        self.start("a", "b", "c")

    def start(self, *names: str) -> None:
        """Lets fetch_all fetch the pages of these sites."""
        self.story = f"fetch_all starts with {len(names)} URLs."
        self.sites = Sites()
        self.came: list[object] = []
        urls = [f"http://{name}/".encode() for name in names]

        async def result() -> list[str | None]:
            # An awaitable may be a coroutine, or a Deferred.
            return await fetch_all(self.sites, urls)

        Deferred.fromCoroutine(result()).addBoth(self.came.append)

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

    def test_survives_a_site_that_nobody_knows(self) -> None:
        """Whatever the reason is that a page cannot be fetched, there is None."""
        self.answers("a", "A")
        self.answers("b", "B")
        self.fails("c", DNSLookupError())
        self.returns("A", "B", None)

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

    def test_keeps_an_empty_text(self) -> None:
        """A page without a text has been fetched all the same."""
        self.answers("a", "")
        self.answers("b", "B")
        self.answers("c", "C")
        self.returns("", "B", "C")

    def test_takes_no_urls(self) -> None:
        """Without a URL, there is nothing to wait for."""
        self.start()
        self.returns()

    def test_takes_a_url_twice(self) -> None:
        """A URL that is in the list twice has a text in both places."""
        self.start("a", "b", "a")
        self.answers("a", "A")
        self.answers("b", "B")
        self.returns("A", "B", "A")

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
        for answer in self.sites.waited_for(site):
            answer.callback(Page(text, status))

    def refuses(self, site: str) -> None:
        """Lets a site refuse to be connected."""
        self.fails(site, Refused())

    def fails(self, site: str, error: Exception) -> None:
        """Lets a request fail."""
        self.check_asked(site)
        self.story += f" {site} fails with {type(error).__name__}."
        for answer in self.sites.waited_for(site):
            answer.errback(Failure(error))

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
        self.asked: dict[str, list[Deferred[Any]]] = {}

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803 - IAgent's name
    ) -> Deferred[Any]:
        """Promises an answer."""
        site = uri.decode().removeprefix("http://").rstrip("/")
        answer: Deferred[Any] = Deferred()
        self.asked.setdefault(site, []).append(answer)
        return answer

    def waited_for(self, site: str) -> list[Deferred[Any]]:
        """Returns the answers that a site still owes."""
        return [answer for answer in self.asked[site] if not answer.called]


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
