"""The request counter's behavior, over the real Site in memory: one story a test."""

import re
import warnings

from counter_server import CounterSite, RequestCounter, main
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface.verify import verifyObject

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Answer:
    """An HTTP answer, taken apart."""

    def __init__(self, data: bytes) -> None:
        """Takes status line, headers and body of one answer, with nothing after it."""
        head, _, self.body = data.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        self.code = int(status.split()[1])
        self.headers = dict(line.lower().split(b": ", 1) for line in lines)


class CounterTestCase(SynchronousTestCase):
    """Gives each test a site that runs on a clock of its own."""

    def setUp(self) -> None:
        """Starts a site, as a port does when it opens."""
        self.clock = Clock()
        self.site = CounterSite(self.clock)
        self.counter: RequestCounter = self.site.resource
        self.site.doStart()

    def tearDown(self) -> None:
        """Closes it."""
        self.site.doStop()

    def connect(self) -> tuple[Protocol, StringTransport]:
        """Does what the reactor does with a new connection."""
        peer = IPv4Address("TCP", "192.0.2.7", 50000)
        channel = self.site.buildProtocol(peer)
        transport = StringTransport(peerAddress=peer)
        channel.makeConnection(transport)
        return channel, transport

    def ask(self, request: bytes) -> Answer:
        """Sends one request on a connection of its own and returns the answer."""
        channel, transport = self.connect()
        channel.dataReceived(request)
        channel.connectionLost(Failure(ConnectionDone()))
        return Answer(transport.value())


class AnswerTests(CounterTestCase):
    """What a client is told."""

    def test_counts_from_one(self) -> None:
        """The first request is #1, the next #2, whichever connection they come on."""
        self.assertEqual(self.ask(GET).body, b"I am request #1\n")
        self.assertEqual(self.ask(GET).body, b"I am request #2\n")

    def test_says_what_it_sends(self) -> None:
        """The answer is text, of a known length, and not to be kept by a cache."""
        answer = self.ask(GET)
        self.assertEqual(answer.code, 200)
        self.assertEqual(answer.headers[b"content-type"], b"text/plain")
        self.assertEqual(answer.headers[b"content-length"], b"16")
        self.assertEqual(answer.headers[b"cache-control"], b"no-store")

    def test_answers_on_every_path(self) -> None:
        """A leaf answers for all that is below it, the browser's icon included."""
        for number, path in enumerate([b"/favicon.ico", b"/a/b?c=d", b"//"], start=1):
            answer = self.ask(GET.replace(b"/", path, 1))
            self.assertEqual(answer.body, b"I am request #%d\n" % number)

    def test_head_has_the_headers_of_get_and_counts_nothing(self) -> None:
        """HEAD is told what GET would be told, without a body, and without a count."""
        for _ in range(2):
            head = self.ask(GET.replace(b"GET", b"HEAD"))
            self.assertEqual(head.body, b"")
        get = self.ask(GET)
        self.assertEqual(get.body, b"I am request #1\n")
        for answer in (head, get):
            del answer.headers[b"date"]
        self.assertEqual(head.headers, get.headers)

    def test_head_knows_how_long_the_next_answer_is(self) -> None:
        """Answer #10 is a byte longer than #9; HEAD speaks of the one to come."""
        self.counter.count = 9
        head = self.ask(GET.replace(b"GET", b"HEAD"))
        self.assertEqual(head.headers[b"content-length"], b"17")
        self.assertEqual(len(self.ask(GET).body), 17)

    def test_speaks_http_1_1_whatever_is_installed(self) -> None:
        """The channel knows no HTTP/2, so none is offered to a client over TLS."""
        installed = True  # as with Twisted's extra "http2"
        self.patch(http, "H2_ENABLED", installed)
        self.assertEqual(self.site.acceptableProtocols(), [b"http/1.1"])

    def test_counts_apart_from_another_counter(self) -> None:
        """The count belongs to the object, not to its class."""
        self.ask(GET)
        self.site.doStop()
        self.site = CounterSite(self.clock)
        self.site.doStart()
        self.assertEqual(self.ask(GET).body, b"I am request #1\n")

    def test_answers_pipelined_requests_in_order(self) -> None:
        """Three requests in one piece get three answers, in order."""
        channel, transport = self.connect()
        channel.dataReceived(GET * 3)
        answers = [line for line in transport.value().split(b"\n") if b"#" in line]
        self.assertEqual(answers, [b"I am request #%d" % n for n in (1, 2, 3)])

    def test_gives_one_answer_however_the_stream_is_cut(self) -> None:
        """A request byte by byte, or cut in two anywhere, gets its one answer."""
        for cut in range(1, len(GET)):
            channel, transport = self.connect()
            for piece in (GET[:cut], GET[cut:]):
                channel.dataReceived(piece)
            self.assertTrue(transport.value().endswith(b"#%d\n" % cut))
        channel, transport = self.connect()
        for byte in GET:
            channel.dataReceived(bytes([byte]))
        self.assertTrue(transport.value().endswith(b"#%d\n" % len(GET)))

    def test_closes_after_http_1_0(self) -> None:
        """HTTP/1.0 knows one request a connection."""
        channel, transport = self.connect()
        channel.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(transport.value().endswith(b"I am request #1\n"))
        self.assertTrue(transport.disconnecting)

    def test_answers_a_client_that_half_closes(self) -> None:
        """A client that ends its sending still gets its answer, then the close."""
        channel, transport = self.connect()
        verifyObject(IHalfCloseableProtocol, channel)
        channel.dataReceived(GET)
        self.assertFalse(transport.disconnecting)
        IHalfCloseableProtocol(channel).readConnectionLost()
        self.assertTrue(transport.value().endswith(b"I am request #1\n"))
        self.assertTrue(transport.disconnecting)
        self.assertIsNone(transport.producer)  # or the close would wait for it

    def test_survives_the_end_of_its_own_sending(self) -> None:
        """The half-close that this server never asks for would change nothing."""
        channel, transport = self.connect()
        IHalfCloseableProtocol(channel).writeConnectionLost()
        self.assertFalse(transport.disconnecting)


class RefusalTests(CounterTestCase):
    """What does not count."""

    def refused(self, request: bytes, code: int) -> Answer:
        """Expects that code, and that the next GET is still the first."""
        with warnings.catch_warnings():
            # Twisted's own pages for 405 and 501 use a class that it deprecates.
            warnings.filterwarnings("ignore", "twisted.web.resource._Unsafe")
            answer = self.ask(request)
        self.assertEqual(answer.code, code, request)
        self.assertEqual(self.counter.count, 0, request)
        return answer

    def test_other_methods_are_not_allowed(self) -> None:
        """POST is answered 405, with the methods that are allowed."""
        post = GET.replace(b"GET", b"POST").replace(
            b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"
        )
        allowed = self.refused(post, 405).headers[b"allow"]
        self.assertEqual(set(allowed.split(b", ")), {b"get", b"head"})

    def test_unknown_methods_are_not_implemented(self) -> None:
        """A method that twisted.web has never heard of is answered 501."""
        for method in (b"OPTIONS", b"DELETE", b"BREW"):
            self.refused(GET.replace(b"GET", method), 501)

    def test_bad_requests_are_400(self) -> None:
        """A malformed request gets 400, as RFC 9112 asks, and is closed."""
        for header in (
            b"Content-Length: 1\r\nContent-Length: 2",
            b"Content-Length: +1",
            b"Content-Length: 1\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: gzip",
            b"Host : localhost",
            b"no colon",
            b"nul: \x00",
            b"Content-Length: " + b"1" * 5000,  # more digits than Python converts
        ):
            self.refused(GET.replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n\r\n"), 400)
        for junk in (
            b"junk\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01",  # TLS, in which no line need ever end
            b"\x16",
            b"GET / HTTP/2.0\r\n\r\n",
        ):
            self.refused(junk, 400)

    def test_a_request_names_one_host(self) -> None:
        """HTTP/1.1 asks for exactly one Host; HTTP/1.0 for none."""
        host = b"Host: localhost\r\n"
        self.refused(GET.replace(host, b""), 400)
        self.refused(GET.replace(host, host * 2), 400)
        self.refused(GET.replace(host, b"") + GET, 400)
        self.assertEqual(self.ask(b"GET / HTTP/1.0\r\n\r\n").code, 200)

    def test_lines_that_are_too_long_are_refused(self) -> None:
        """A target or a header of more than 16 KiB is answered, and all of them 400."""
        line = b"x" * 17_000
        self.refused(GET.replace(b"/", b"/" + line, 1), 431)
        self.refused(GET.replace(b"localhost", line), 431)
        self.refused(GET[:-2] + (b"x: " + line[:8500] + b"\r\n") * 2 + b"\r\n", 400)

    def test_a_body_is_refused_before_it_arrives(self) -> None:
        """Its headers are enough: the answer is 413 and the close, whatever follows."""
        for method in (b"GET", b"HEAD", b"POST", b"PUT", b"BREW"):
            for body in (
                b"Content-Length: 1",
                b"Content-Length: 50000000",
                b"Content-Length: 9\r\nExpect: 100-continue",
                b"Content-Length: 9\r\nContent-Type: application/x-www-form-urlencoded",
                b"Content-Length: 9\r\nContent-Type: multipart/form-data; boundary=x",
                b"Transfer-Encoding: chunked",
            ):
                channel, transport = self.connect()
                headers = b"\r\n" + body + b"\r\n\r\n"
                request = GET.replace(b"GET", method).replace(b"\r\n\r\n", headers)
                channel.dataReceived(request)
                answer = transport.value()
                self.assertEqual(Answer(answer).code, 413, request)
                self.assertTrue(transport.disconnecting)
                channel.dataReceived(b"3\r\na=1\r\n0\r\n\r\n" + GET)
                self.assertEqual(transport.value(), answer)
        self.refused(request + b"3\r\na=1\r\n0\r\n\r\n" + GET, 413)

    def test_an_empty_body_is_none(self) -> None:
        """A length of 0 says that there is nothing to refuse."""
        empty = GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(self.ask(empty).body, b"I am request #1\n")

    def test_half_a_request_is_no_request(self) -> None:
        """A client that leaves in the middle of its request is not counted."""
        channel, transport = self.connect()
        channel.dataReceived(GET[:-2])
        channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual((transport.value(), self.counter.count), (b"", 0))


class TimeTests(CounterTestCase):
    """How long a client may take."""

    def test_an_idle_connection_is_closed_after_a_minute(self) -> None:
        """A client that says nothing has 60 seconds."""
        _, transport = self.connect()
        self.clock.advance(59.9)
        self.assertFalse(transport.disconnecting)
        self.clock.advance(0.1)
        self.assertTrue(transport.disconnecting)

    def test_a_dripping_client_is_closed_after_a_minute(self) -> None:
        """A byte every ten seconds gains no time: the whole request has 60 seconds."""
        channel, transport = self.connect()
        for byte in GET[:6]:
            self.assertFalse(transport.disconnecting)
            channel.dataReceived(bytes([byte]))
            self.clock.advance(10)
        self.assertTrue(transport.disconnecting)
        self.assertEqual(self.counter.count, 0)

    def test_the_minute_begins_anew_with_each_answer(self) -> None:
        """A connection that is used goes on for as long as it is."""
        channel, transport = self.connect()
        for number in range(1, 6):
            self.clock.advance(59)
            channel.dataReceived(GET)
            self.assertTrue(transport.value().endswith(b"#%d\n" % number))
        self.clock.advance(59.9)
        self.assertFalse(transport.disconnecting)
        self.clock.advance(0.1)
        self.assertTrue(transport.disconnecting)

    def test_a_client_that_leaves_takes_its_timer_with_it(self) -> None:
        """Of a client that is gone, nothing is left to wait for."""
        before = [*self.clock.getDelayedCalls()]  # the site's own
        channel, _ = self.connect()
        channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.clock.getDelayedCalls(), before)

    def test_a_client_that_does_not_take_the_close_is_cut_off(self) -> None:
        """15 seconds after the close, whatever is left is aborted."""
        _, transport = self.connect()
        self.clock.advance(60)
        self.clock.advance(15)
        self.assertTrue(transport.disconnected)

    def test_nor_does_a_close_wait_forever_that_the_client_has_asked_for(self) -> None:
        """After its last answer or a refusal, too, a client has 60 seconds, and 15."""
        close = b"\r\nConnection: close\r\n\r\n"
        for request in (
            GET.replace(b"\r\n\r\n", close),
            b"GET / HTTP/1.0\r\n\r\n",
            b"junk\r\n\r\n",
            GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n"),
        ):
            channel, transport = self.connect()
            channel.dataReceived(request)
            self.assertTrue(transport.disconnecting)
            self.clock.pump([60, 14.9])
            self.assertFalse(transport.disconnected)
            self.clock.advance(0.1)
            self.assertTrue(transport.disconnected)
            channel.connectionLost(Failure(ConnectionDone()))


class BackpressureTests(CounterTestCase):
    """What happens to a client that asks and does not read."""

    def test_stops_reading_while_its_answers_wait(self) -> None:
        """A full outgoing buffer stops the reading, an empty one lets it go on."""
        channel, transport = self.connect()
        producer = IPushProducer(transport.producer)
        # TCP calls it in the middle of an answer: within the write that is too much.
        self.patch(transport, "write", lambda _data: producer.pauseProducing())
        channel.dataReceived(GET)
        self.assertEqual(transport.producerState, "paused")
        producer.resumeProducing()
        self.assertEqual(transport.producerState, "producing")


class Waiting(Resource):
    """Answers when the test says so."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []

    def render_GET(self, request: Request) -> int:
        """Leaves the request open."""
        self.asked.append(request)
        return NOT_DONE_YET

    def answer(self) -> None:
        """Answers the request that waits."""
        request = self.asked.pop()
        request.write(b"at last")
        request.finish()


class SlowAnswerTests(CounterTestCase):
    """What a half-closing client gets if its answer takes its time."""

    def setUp(self) -> None:
        """Asks three times, and half-closes."""
        super().setUp()
        self.site.resource = self.slow = Waiting()
        self.channel, self.transport = self.connect()
        self.channel.dataReceived(GET * 3)
        self.half_close()

    def half_close(self) -> None:
        """Says that no more comes, as TCP does whenever the server reads on."""
        IHalfCloseableProtocol(self.channel).readConnectionLost()

    def test_is_answered_before_the_close(self) -> None:
        """Each request is, in order, and then nothing holds the connection."""
        for number in (1, 2, 3):
            self.assertFalse(self.transport.disconnecting)
            self.slow.answer()
            self.assertEqual(self.transport.value().count(b"at last"), number)
            self.half_close()
        self.assertTrue(self.transport.disconnecting)

    def test_has_a_minute_for_each_answer(self) -> None:
        """Without an answer, the Resource is told, as of any client that has gone."""
        self.clock.advance(59)
        self.slow.answer()
        self.half_close()
        gone = self.slow.asked[0].notifyFinish()
        self.clock.advance(59)
        self.assertFalse(self.transport.disconnecting)
        self.clock.advance(1)
        self.assertTrue(self.transport.disconnecting)
        self.channel.connectionLost(Failure(ConnectionDone()))
        self.failureResultOf(gone, ConnectionDone)

    def test_has_no_limit_as_long_as_the_client_may_go_on(self) -> None:
        """A slow answer alone is no reason to hang up."""
        self.channel, self.transport = self.connect()
        self.channel.dataReceived(GET)
        self.clock.advance(3600)
        self.slow.answer()
        self.assertIn(b"at last", self.transport.value())
        self.assertFalse(self.transport.disconnecting)

    def test_nothing_that_follows_gets_into_the_answer(self) -> None:
        """Not even what begins as TLS does."""
        self.channel, self.transport = self.connect()
        self.channel.dataReceived(GET)
        self.channel.dataReceived(b"\x16\x03\x01")
        self.assertEqual(self.transport.value(), b"")
        self.slow.answer()
        self.assertEqual(Answer(self.transport.value()).code, 200)


class TurnTests(CounterTestCase):
    """What happens to a client that sends many requests at once."""

    MANY = 100

    def setUp(self) -> None:
        """Sends them. After 16 answers it is the others' turn."""
        super().setUp()
        self.before = [*self.clock.getDelayedCalls()]  # the site's own
        self.channel, self.transport = self.connect()
        self.channel.dataReceived(GET * self.MANY)

    def answered(self) -> list[int]:
        """Returns the numbers in the answers that the client got, in order."""
        numbers = re.findall(rb"I am request #(\d+)\n", self.transport.value())
        return [int(number) for number in numbers]

    def test_others_have_their_turn(self) -> None:
        """After 16 answers another client is asked what it wants."""
        self.assertEqual(self.answered(), [*range(1, 17)])
        self.assertEqual(self.ask(GET).body, b"I am request #17\n")

    def test_goes_on_in_its_next_turn(self) -> None:
        """Every request is answered, in order, those that come meanwhile too."""
        self.channel.dataReceived(GET)  # as TLS may, which has decrypted it already
        self.assertEqual(len(self.answered()), 16)
        self.clock.advance(0)
        self.assertEqual(self.answered(), [*range(1, self.MANY + 2)])
        self.assertEqual(self.transport.producerState, "producing")

    def test_has_sixteen_answers_in_each_turn(self) -> None:
        """Another client could ask between any two turns."""
        seen = []

        def look() -> None:
            seen.append(len(self.answered()))
            if len(seen) < 7:
                self.clock.callLater(0, look)

        look()
        self.clock.advance(0)
        self.assertEqual(seen, [16, 32, 48, 64, 80, 96, self.MANY])

    def test_receives_nothing_until_its_next_turn(self) -> None:
        """Not even if all answers have been sent: what it sends would pile up."""
        self.assertEqual(self.transport.producerState, "paused")
        IPushProducer(self.transport.producer).pauseProducing()
        IPushProducer(self.transport.producer).resumeProducing()
        self.assertEqual(self.transport.producerState, "paused")

    def test_answers_all_before_it_hangs_up(self) -> None:
        """A half-close in between takes no answer away."""
        half_closed = IHalfCloseableProtocol(self.channel)
        half_closed.readConnectionLost()
        self.assertFalse(self.transport.disconnecting)
        self.clock.advance(0)
        half_closed.readConnectionLost()  # TCP says it whenever the server reads on
        self.assertEqual(len(self.answered()), self.MANY)
        self.assertTrue(self.transport.disconnecting)

    def test_asks_for_no_turn_once_it_is_gone(self) -> None:
        """A request whose answer nobody will read counts nothing; no timer stays."""
        IHalfCloseableProtocol(self.channel).readConnectionLost()
        self.channel.connectionLost(Failure(ConnectionDone()))
        self.clock.advance(0)
        self.assertEqual(self.counter.count, 16)
        self.assertEqual(self.clock.getDelayedCalls(), self.before)

    def test_has_a_deadline_as_everybody(self) -> None:
        """A request that never ends has its 60 seconds, whatever came before it."""
        self.channel.dataReceived(GET[:-2])
        self.clock.advance(0)
        self.clock.advance(59.9)
        self.assertFalse(self.transport.disconnecting)
        self.clock.advance(0.1)
        self.assertTrue(self.transport.disconnecting)

    def test_a_close_is_one_in_any_turn(self) -> None:
        """Nothing that follows a request for the close is answered."""
        for place in (15, 16, 17):
            channel, transport = self.connect()
            close = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            channel.dataReceived(GET * (place - 1) + close + GET)
            self.clock.advance(0)
            self.assertEqual(transport.value().count(b"I am request"), place)
            self.assertTrue(transport.disconnecting)
            channel.connectionLost(Failure(ConnectionDone()))


class ScriptTests(CounterTestCase):
    """What this script adds to what every server's script does."""

    def test_formats_no_access_log(self) -> None:
        """A request costs no line of a log that nobody reads."""
        with capturedLogs() as events:
            self.ask(GET)
        self.assertEqual(events, [])

    def test_serves_a_counter_where_it_is_told(self) -> None:
        """The endpoint says where; there, a counter answers, and has its deadline."""
        reactor = MemoryReactorClock()
        running = Deferred.fromCoroutine(main(reactor, "tcp:7:interface=127.0.0.1"))
        self.assertNoResult(running)
        [(port, site, _backlog, interface)] = reactor.tcpServers
        self.assertEqual((port, interface), (7, "127.0.0.1"))
        channel = site.buildProtocol(IPv4Address("TCP", "192.0.2.7", 50000))
        transport = StringTransport()
        assert channel is not None
        channel.makeConnection(transport)
        channel.dataReceived(GET)
        self.assertTrue(transport.value().endswith(b"I am request #1\n"))
        reactor.advance(60)
        self.assertTrue(transport.disconnecting)
