"""The counter's client against the real Site, both in memory: one story a test."""

import os
import runpy
import sys
from io import StringIO
from typing import Any

from chat_commands import UNSAFE
from counter_client import UNSAFE as UNSAFE_HERE
from counter_client import Body, cause, main
from counter_server import CounterSite
from twisted.internet import task
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, FirstError
from twisted.internet.error import ConnectionDone
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone, ResponseNeverReceived

from tests import ROOT

PEER = IPv4Address("TCP", "192.0.2.7", 8080)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: "
# What `test_every_stage.py` types into the client, and what the client shows.
CONVERSATION = (b"", f"I am request #1{os.linesep}".encode())


class MainTests(SynchronousTestCase):
    """What the script prints."""

    def setUp(self) -> None:
        """Catches what is printed, and starts a counter."""
        self.output = StringIO()
        self.patch(sys, "stdout", self.output)
        self.reactor = MemoryReactorClock()
        self.site = CounterSite(self.reactor)

    def start(self, where: str, times: int = 1) -> Deferred[None]:
        """Starts the client."""
        return Deferred.fromCoroutine(main(self.reactor, where, times))

    def connect(self) -> Protocol:
        """Connects the first of those who ask, and returns its protocol."""
        _host, _port, factory, *_ = self.reactor.tcpClients.pop(0)
        client = factory.buildProtocol(PEER)
        assert isinstance(client, Protocol)
        client.makeConnection(StringTransport())
        return client

    def answered(self, answer: bytes) -> Deferred[None]:
        """Starts the client, sends `answer`, and ends the connection."""
        running = self.start("tcp:192.0.2.7:8080")
        client = self.connect()
        client.dataReceived(answer)
        client.connectionLost(Failure(ConnectionDone()))
        return running

    def complaint(self, running: Deferred[None]) -> str:
        """Returns what the client ends with: one line, and so status 1."""
        line = self.failureResultOf(running, SystemExit).value.code
        assert isinstance(line, str)
        self.assertNotIn("\n", line)
        return line

    def serve(self, times: int | None = None) -> None:
        """Connects those who ask to the counter, and carries the bytes both ways."""
        waiting = self.reactor.tcpClients[:times]
        del self.reactor.tcpClients[:times]
        for _host, _port, factory, _timeout, _bind in waiting:
            asking, answering = StringTransport(), StringTransport()
            client = factory.buildProtocol(PEER)
            server = self.site.buildProtocol(PEER)
            assert client is not None
            client.makeConnection(asking)
            server.makeConnection(answering)
            server.dataReceived(asking.value())
            client.dataReceived(answering.value())
            client.connectionLost(Failure(ConnectionDone()))
            server.connectionLost(Failure(ConnectionDone()))

    def test_prints_the_answer(self) -> None:
        """One question, one line."""
        running = self.start("tcp:192.0.2.7:8080")
        self.serve()
        self.successResultOf(running)
        self.assertEqual(self.output.getvalue(), "I am request #1\n")

    def test_asks_many_times_at_once(self) -> None:
        """All requests are on their way before an answer is there, then each shows."""
        running = self.start("tcp:192.0.2.7:8080", times=3)
        self.assertEqual(len(self.reactor.tcpClients), 3)
        self.serve(2)
        lines = "I am request #1\nI am request #2\n"
        self.assertEqual(self.output.getvalue(), lines)
        self.serve()
        self.successResultOf(running)
        self.assertEqual(
            self.output.getvalue().splitlines(),
            [
                "I am request #1",
                "I am request #2",
                "I am request #3",
                "3 answers, 3 different ones",
            ],
        )

    def test_would_show_a_number_that_comes_twice(self) -> None:
        """A server that gives one number to two clients is found out."""
        counter = self.site.resource
        self.patch(counter, "render_GET", counter.render_HEAD)
        running = self.start("tcp:192.0.2.7:8080", times=3)
        self.serve()
        self.successResultOf(running)
        self.assertIn("3 answers, 1 different ones", self.output.getvalue())

    def test_explains_an_answer_that_is_no_answer(self) -> None:
        """Another status than 200 is one line, with status 1."""

        def lost(*_: object) -> bytes:
            raise AssertionError

        self.patch(self.site.resource, "render_GET", lost)
        running = self.start("tcp:192.0.2.7:8080")
        self.serve()
        self.assertIn("500", self.complaint(running))
        self.assertEqual(len(self.flushLoggedErrors(AssertionError)), 1)

    def test_takes_nothing_but_an_ok(self) -> None:
        """A page that is missing, moved or empty is one line, not an answer."""
        for status in (b"404 Not Found", b"302 Found", b"204 No Content"):
            running = self.answered(
                b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status
            )
            line = self.complaint(running)
            self.assertTrue(line.endswith(f": {status.decode()}"), line)
        self.assertEqual(self.output.getvalue(), "")

    def test_shows_nothing_that_acts_on_a_terminal(self) -> None:
        """Control characters, line ends and broken text from a server are replaced."""
        body = b"\x1b[2J\n\x00 \xc2\x9b \xe2\x80\xae \xff\n"
        self.successResultOf(self.answered(HEAD + b"16\r\n\r\n" + body))
        self.assertEqual(
            self.output.getvalue(), "\ufffd[2J\ufffd\ufffd \ufffd \ufffd \ufffd\n"
        )

    def test_agrees_with_the_chat_on_what_is_unsafe(self) -> None:
        """Each stage stands alone, so the rule is written once more."""
        self.assertEqual(UNSAFE_HERE, UNSAFE)

    def test_takes_an_answer_that_ends_with_its_connection(self) -> None:
        """HTTP allows an answer that does not say how long it is."""
        for version in (b"1.0", b"1.1"):
            answer = b"HTTP/%b 200 OK\r\n\r\nI am request #1\n" % version
            self.successResultOf(self.answered(answer))
        self.assertEqual(self.output.getvalue(), "I am request #1\n" * 2)

    def test_refuses_an_answer_that_is_cut_off(self) -> None:
        """An answer shorter than announced is one line that names no Failure."""
        line = self.complaint(self.answered(HEAD + b"100\r\n\r\nI am"))
        self.assertTrue(line.endswith(": Connection was closed cleanly."), line)

    def test_names_the_first_reason_of_many(self) -> None:
        """Nonsense is one short line, however long it is itself."""
        line = self.complaint(self.answered(b"\x1b[31m" + b"x" * 9000 + b"\r\n"))
        self.assertNotIn("Failure", line)
        self.assertNotIn("\x1b", line)
        self.assertLess(len(line), 300)

    def test_refuses_a_body_without_end(self) -> None:
        """More than 16 KiB are not taken, however much is announced or comes."""
        running = self.start("tcp:192.0.2.7:8080")
        client = self.connect()
        client.dataReceived(HEAD + b"300000000\r\n\r\n")
        client.dataReceived(bytes(16 * 1024))
        self.assertNoResult(running)
        client.dataReceived(b"x")
        self.assertTrue(self.complaint(running).endswith(": more than 16384 bytes"))

    def test_takes_a_body_of_16_kib(self) -> None:
        """The bound itself is allowed, and what is said about it happens once."""
        body = Body()
        body.dataReceived(b"x" * 16 * 1024)
        body.connectionLost(Failure(ResponseDone()))
        self.assertEqual(len(self.successResultOf(body.whole)), 16 * 1024)
        body = Body()
        for _ in range(2):
            body.dataReceived(b"x" * 16 * 1024)
            body.dataReceived(b"x")
        self.failureResultOf(body.whole, ValueError)
        body.connectionLost(Failure(ResponseDone()))

    def test_waits_30_seconds_for_an_answer(self) -> None:
        """Bytes now and then are no answer."""
        running = self.start("tcp:192.0.2.7:8080")
        client = self.connect()
        client.dataReceived(HEAD + b"100\r\n\r\n")
        self.reactor.advance(29)
        client.dataReceived(b"x")
        self.assertNoResult(running)
        self.reactor.advance(1)
        line = self.complaint(running)
        self.assertTrue(line.endswith(": no answer for 30 seconds"), line)

    def test_waits_on_while_answers_come(self) -> None:
        """Many requests may take longer, as long as some are answered."""
        running = self.start("tcp:192.0.2.7:8080", times=2)
        self.reactor.advance(29)
        self.serve(1)
        self.reactor.advance(29)
        self.assertNoResult(running)
        self.serve()
        self.successResultOf(running)

    def test_gives_up_on_a_connection_that_is_not_made(self) -> None:
        """The 30 seconds begin before there is a connection."""
        running = self.start("tcp:192.0.2.7:8080:timeout=99", times=2)
        self.reactor.advance(30)
        line = self.complaint(running)
        self.assertTrue(line.endswith(": no answer for 30 seconds"), line)

    def test_asks_once_to_ten_thousand_times(self) -> None:
        """Any other number is one line, and nobody is asked."""
        for times in (0, -3, 10_001):
            line = self.complaint(self.start("tcp:192.0.2.7:8080", times))
            self.assertEqual(line, f"Cannot send {times} requests, only 1 to 10000")
        self.assertEqual(self.reactor.tcpClients, [])

    def test_explains_where_it_cannot_ask(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for where in ["", "1234", "tcp", "tcp:host:http", "ftp://host/", "http://é/"]:
            line = self.complaint(self.start(where))
            self.assertTrue(line.startswith(f"Cannot ask '{where}': "), line)

    def test_names_a_folder_that_is_not_there(self) -> None:
        """The server suggests FOLDER for TLS: who copies it reads what is wrong."""
        running = self.start("tls:host:7:trustRoots=FOLDER")
        self.assertIn("FOLDER", self.complaint(running).split("': ", maxsplit=1)[1])

    def test_is_quiet_when_it_is_stopped(self) -> None:
        """Connections that Ctrl-C breaks are not reported."""
        running = self.start("tcp:192.0.2.7:8080")
        [stop] = self.reactor.triggers["before"]["shutdown"]
        stop[0](*stop[1])
        [(_, _, factory, *_)] = self.reactor.tcpClients
        [connector] = self.reactor.connectors
        factory.clientConnectionFailed(connector, Failure(Refused()))
        self.assertIsNone(self.successResultOf(running))
        self.assertEqual(self.output.getvalue(), "")

    def test_asks_this_machine_by_default(self) -> None:
        """Without arguments it asks once, where the server is by default."""
        started: list[list[Any]] = []
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        self.patch(sys, "argv", ["counter_client.py"])
        script = ROOT / "02_http_counter/counter_client.py"
        runpy.run_path(os.fspath(script), run_name="__main__")
        self.assertEqual(started, [["http://127.0.0.1:8080/", 1]])


class CauseTests(SynchronousTestCase):
    """The reason at the bottom of Twisted's errors."""

    def test_looks_into_errors_that_wrap_others(self) -> None:
        """The user reads the refusal itself, however deeply it is wrapped."""
        refused = Refused()
        never = ResponseNeverReceived([Failure(refused)])
        for error in (refused, never, FirstError(Failure(never), 0)):
            self.assertIs(cause(error), refused)
