"""What a proxy that counts has to do; the shop behind it is in memory."""

import gc
from typing import Any

from counting_proxy import Proxy
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from twisted.web.server import Site
from zope.interface import implementer

from docs.machinery.exercises.case import ServerCase

SORRY = b"The shop does not answer.\n"


class ProxyTests(ServerCase):
    """Alice and Bob ask the proxy, which asks the shop."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        self.shop = Shop(clock)
        return Site(Proxy(self.shop), reactor=clock)

    def setUp(self) -> None:
        """Drops what another test has left, which may log its errors now."""
        gc.collect()
        self.flushLoggedErrors()
        super().setUp()

    def tearDown(self) -> None:
        """Keeps nothing, so that errors which nobody handled are logged now."""
        self.clients.clear()
        del self.clock, self.factory, self.session, self.shop
        super().tearDown()

    def test_lets_a_client_wait(self) -> None:
        """A client has no answer before the shop has given one."""
        alice = self.connect()
        alice.asks("GET", "/cake")
        self.wait(1)
        self.check(not alice.value(), "Alice should have no answer yet, but has one.")

    def test_passes_on_the_answer(self) -> None:
        """What the shop answers is what the client reads."""
        self.shop.answers["/cake"] = 200, b"Sold out \xe2\x98\xb9\n"
        alice = self.connect()
        alice.asks("GET", "/cake")
        self.wait(2)
        alice.gets(200, b"Sold out \xe2\x98\xb9\n")

    def test_asks_for_the_same_path(self) -> None:
        """The shop is asked for what the client has asked for, its query included."""
        alice = self.connect()
        for uri in ["/", "/tea/green?grams=50&to=B%C3%BClach"]:
            alice.asks("GET", uri)
            self.asked(uri)
            self.wait(2)
            alice.gets(200)

    def test_passes_on_the_status(self) -> None:
        """The shop's status is the client's, even if it is not 200."""
        self.shop.answers["/gold"] = 404, b"We sell tea\n"
        alice = self.connect()
        alice.asks("GET", "/gold")
        self.wait(2)
        alice.gets(404, b"We sell tea\n", X_Passed_On="1")

    def test_counts_for_all_clients(self) -> None:
        """Each answer has a number, for every client."""
        alice, bob = self.connect(), self.connect("Bob")
        for number, client in enumerate([alice, bob, alice, alice], 1):
            client.asks("GET", "/tea")
            self.wait(2)
            client.gets(200, X_Passed_On=str(number))

    def test_serves_others_meanwhile(self) -> None:
        """Bob need not wait until Alice has her answer, which then is number 2."""
        self.shop.seconds["/slow"] = 60
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/slow")
        bob.asks("GET", "/tea")
        self.wait(2)
        bob.gets(200, X_Passed_On="1")
        self.wait(58)
        alice.gets(200, b"You want /slow\n", X_Passed_On="2")

    def test_apologizes_if_the_shop_is_closed(self) -> None:
        """Without a connection to the shop, the answer is 502."""
        self.shop.answers["/tea"] = Refused()
        alice = self.connect()
        alice.asks("GET", "/tea")
        self.wait(2)
        alice.gets(502, SORRY)
        self.flushLoggedErrors()

    def test_logs_why(self) -> None:
        """The proxy's log says why there was no answer."""
        alice = self.connect()
        for kind in (Refused, ResponseFailed):
            self.shop.answers["/tea"] = Refused() if kind is Refused else (200, None)
            alice.asks("GET", "/tea")
            self.wait(2)
            told = [failure.type for failure in self.flushLoggedErrors()]
            names = ", ".join(error.__name__ for error in told) or "nothing"
            should = f"The log should have {kind.__name__}, but has {names}."
            self.check(told == [kind], should)

    def test_apologizes_if_the_answer_breaks_off(self) -> None:
        """A piece of a body is no answer."""
        self.shop.answers["/tea"] = 200, None
        alice = self.connect()
        alice.asks("GET", "/tea")
        self.wait(2)
        alice.gets(502, SORRY)
        self.flushLoggedErrors()

    def test_does_not_count_apologies(self) -> None:
        """When the shop answers again, that is the next number."""
        self.shop.answers["/tea"] = Refused()
        alice = self.connect()
        for uri, status in [("/cake", 200), ("/tea", 502), ("/cake", 200)]:
            alice.asks("GET", uri)
            self.wait(2)
            answer, _ = alice.answer()
            got = f"{answer.status}, with number {answer.headers['X-Passed-On']}"
            self.check(
                answer.status == status, f"Alice should get {status}, not {got}."
            )
        number = answer.headers["X-Passed-On"]
        self.check(number == "2", f"The last answer should be '2', but is {number!r}.")
        self.flushLoggedErrors()

    def test_lets_clients_hang_up(self) -> None:
        """A client that leaves while it waits does no harm, whatever the shop says."""
        self.shop.answers["/tea"] = Refused()
        bob = self.connect("Bob")
        for uri in ["/tea", "/cake"]:
            alice = self.connect()
            alice.asks("GET", uri)
            alice.does("disconnects")
            self.wait(2)
        bob.asks("GET", "/cake")
        self.wait(2)
        bob.gets(200, b"You want /cake\n")

    def test_keeps_proxies_apart(self) -> None:
        """Another proxy counts from 1."""
        for _ in range(2):
            self.happens("A proxy is set up", super().setUp)
            alice = self.connect()
            alice.asks("GET", "/tea")
            self.wait(2)
            alice.gets(200, X_Passed_On="1")

    def asked(self, *uris: str) -> None:
        """Expects that the shop was asked just this, with GET, since the last look."""
        got, self.shop.asked = self.shop.asked, []
        wanted = [f"GET http://127.0.0.1:8080{uri}" for uri in uris]
        self.check(got == wanted, f"The shop should be asked {wanted}, not {got}.")


@implementer(IAgent)
class Shop:
    """An agent that answers by itself, after two seconds if not told otherwise."""

    def __init__(self, clock: IReactorTime) -> None:
        """Takes the clock, on which the seconds pass."""
        self.clock = clock
        self.answers: dict[str, tuple[int, bytes | None] | Exception] = {}  # by path
        self.seconds: dict[str, float] = {}
        self.asked: list[str] = []

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803 - IAgent's name
    ) -> Deferred[Any]:
        """Promises an answer."""
        self.asked.append(f"{method.decode()} {uri.decode()}")
        path = uri.decode().removeprefix("http://127.0.0.1:8080")
        said = self.answers.get(path, (200, f"You want {path}\n".encode()))
        promised: Deferred[Any] = Deferred(lambda _: later.cancel())
        fire = promised.errback if isinstance(said, Exception) else promised.callback
        answer = said if isinstance(said, Exception) else Answer(*said)
        later = self.clock.callLater(self.seconds.get(path, 2), fire, answer)
        return promised


class Answer:
    """An answer, as far as readBody looks at it; without a body, it breaks off."""

    phrase = b""

    def __init__(self, code: int, body: bytes | None) -> None:
        """Takes the status, and the body."""
        self.code = code
        self.body = body

    def deliverBody(self, protocol: Protocol) -> None:
        """Hands over the body."""
        protocol.dataReceived(self.body or b"You w")
        lost = ResponseFailed([Failure(ConnectionLost())])
        protocol.connectionLost(Failure(ResponseDone() if self.body else lost))
