"""What a client that tries again has to do; here the test plays the server."""

from collections.abc import Callable
from typing import Any

from fetch_again import fetch_again
from twisted.internet import defer
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import (
    ConnectingCancelledError,
    ConnectionDone,
    ConnectionLost,
)
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed
from twisted.web.error import Error
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from zope.interface import implementer

from docs.machinery.exercises.result import Result, ResultCase

TIMES = ["never", "once", "twice"]


class FetchAgainTests(ResultCase):
    """Somebody wants a page, and a server sends it or does not."""

    def setUp(self) -> None:
        """Has fetch_again start."""
        super().setUp()
        self.story.append("fetch_again starts.")
        self.server = Server()
        self.result = self.start()

    def start(self) -> Result:
        """Returns the result of another call."""
        result = Result(fetch_again, self.clock, self.server, b"http://192.0.2.7/hi")
        should = f"fetch_again should ask the server, but {result}."
        self.check(self.server.asked, should)
        return result

    def test_returns_the_page(self) -> None:
        """A page that arrives is returned."""
        self.wait(2)
        self.server.answers("Hi!\n")
        self.returns(self.result, "Hi!\n")
        self.asked(1)

    def test_gives_up_after_three_seconds(self) -> None:
        """An attempt that takes too long is canceled, and not a moment before."""
        self.wait(2.75)
        self.check(not self.server.canceled, "The request should not be canceled yet.")
        self.wait(0.25)
        self.check(self.server.canceled == 1, "The request should be canceled now.")

    def test_gives_up_in_the_middle_of_a_page(self) -> None:
        """The three seconds are for the whole page, not for its beginning."""
        self.wait(2)
        self.server.begins("H")
        self.wait(1)
        self.check(self.server.canceled == 1, "The request should be canceled now.")

    def test_tries_again_after_a_timeout(self) -> None:
        """The second attempt begins a second later, and may succeed."""
        self.wait(3.75)
        self.asked(1)
        self.wait(0.25)
        self.asked(2)
        self.server.answers("Late, but there\n")
        self.returns(self.result, "Late, but there\n")

    def test_tries_again_without_a_connection(self) -> None:
        """A server that refuses may be there a second later."""
        self.fail_with(Refused())
        self.wait(1)
        self.asked(2)
        self.wait(2)
        self.server.answers("Good morning\n")
        self.returns(self.result, "Good morning\n")

    def test_tries_again_if_the_answer_breaks_off(self) -> None:
        """Half a page is no page."""
        self.server.begins("Good mor")
        self.server.breaks_off()
        self.wait(1)
        self.asked(2)
        self.server.answers("Good morning\n")
        self.returns(self.result, "Good morning\n")

    def test_pauses(self) -> None:
        """A server in trouble has a second to recover."""
        self.fail_with(Refused())
        self.asked(1)
        self.wait(0.75)
        self.asked(1)

    def test_gives_up_the_second_time(self) -> None:
        """The second attempt has three seconds of its own."""
        self.wait(6.75)
        self.waits(self.result)
        self.wait(0.25)
        self.fails(self.result, defer.TimeoutError)

    def test_makes_no_third_attempt(self) -> None:
        """A server that is gone for good is left alone."""
        self.wait(60)
        self.asked(2)

    def test_raises_the_second_error(self) -> None:
        """The caller gets the error of the last attempt."""
        self.wait(4)
        self.asked(2)
        self.fail_with(Refused())
        self.fails(self.result, Refused)

    def test_takes_no_for_an_answer(self) -> None:
        """A server that answers 404 is not asked again."""
        self.server.answers("Sorry\n", 404)
        self.fails(self.result, Error)
        self.wait(60)
        self.asked(1)

    def test_stops_when_it_is_canceled(self) -> None:
        """When nobody wants the page any more, nothing goes on."""
        self.cancel()
        self.check(self.server.canceled == 1, "The request should be canceled.")
        self.wait(60)
        self.asked(1)
        self.fails(self.result, CancelledError)

    def test_stops_in_the_pause(self) -> None:
        """That is so between the attempts, too."""
        self.fail_with(Refused())
        self.cancel()
        self.wait(60)
        self.asked(1)
        self.fails(self.result, CancelledError)

    def test_leaves_no_timer(self) -> None:
        """When the page is there, nothing is left to wait for."""
        self.server.answers("Hi!\n")
        timers = len(self.clock.getDelayedCalls())
        self.check(not timers, f"There should be no timer, but there is {timers}.")

    def cancel(self) -> None:
        """Has the caller give up."""
        self.story.append("The caller cancels.")
        self.result.deferred.cancel()

    def fail_with(self, error: Exception) -> None:
        """Has the attempt that is under way fail."""
        self.story.append(f"The attempt fails with {error!r}.")
        self.server.fails(error)

    def asked(self, times: int) -> None:
        """Expects this number of attempts so far."""
        asked = self.server.asked
        should = (
            f"So far, the server should be asked {TIMES[times]}, not {asked} times,"
        )
        self.check(asked == times, f"{should} and fetch_again {self.result}.")


@implementer(IAgent)
class Server:
    """An agent that answers when a test says so."""

    def __init__(self) -> None:
        """Starts before the first request."""
        self.asked = 0
        self.canceled = 0
        self.promised: Deferred[Any] = Deferred()
        self.page = Page(200, self.abort)

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803 - IAgent's name
    ) -> Deferred[Any]:
        """Promises an answer."""
        self.asked += 1
        self.promised = Deferred(self.cancel)
        return self.promised

    def cancel(self, promised: Deferred[Any]) -> None:
        """Stops connecting, with an Agent's error for that."""
        self.canceled += 1
        where = IPv4Address("TCP", "192.0.2.7", 80)
        promised.errback(ConnectingCancelledError(where))

    def begins(self, text: str, status: int = 200) -> None:
        """Sends a status, and the beginning of a page."""
        self.page = Page(status, self.abort)
        self.promised.callback(self.page)
        self.page.protocol.dataReceived(text.encode())

    def answers(self, text: str, status: int = 200) -> None:
        """Sends a whole page."""
        self.begins(text, status)
        self.page.protocol.connectionLost(Failure(ResponseDone()))

    def breaks_off(self) -> None:
        """Loses the connection in the middle of a page."""
        lost = ResponseFailed([Failure(ConnectionLost())])
        self.page.protocol.connectionLost(Failure(lost))

    def fails(self, error: Exception) -> None:
        """Gives no answer at all."""
        self.promised.errback(error)

    def abort(self) -> None:
        """Counts a request that was canceled in the middle of its page."""
        self.canceled += 1
        self.page.protocol.connectionLost(Failure(ConnectionDone()))


class Page(StringTransport):
    """An answer, as far as readBody looks at it, and its connection."""

    phrase = b""

    def __init__(self, code: int, abort: Callable[[], None]) -> None:
        """Takes the status, and what to call when the connection is aborted."""
        super().__init__()
        self.code = code
        self.abort = abort

    def abortConnection(self) -> None:
        """Says that nobody wants the rest."""
        self.abort()

    def deliverBody(self, protocol: Protocol) -> None:
        """Takes what wants to have the body."""
        self.protocol = protocol
        protocol.makeConnection(self)
