"""The counter's client against the real Site, both in memory: one story a test."""

import os
import runpy
import sys
import warnings
from io import StringIO
from typing import Any

from counter_client import cause, main
from counter_server import CounterSite
from twisted.internet import task
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, FirstError
from twisted.internet.error import ConnectionDone
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseNeverReceived

from tests import ROOT


class MainTests(SynchronousTestCase):
    """What the script prints."""

    def setUp(self) -> None:
        """Catches what is printed, and starts a counter."""
        self.output = StringIO()
        self.patch(sys, "stdout", self.output)
        self.reactor = MemoryReactorClock()
        self.site = CounterSite(self.reactor)

    def start(self, where: str, times: int = 1) -> Deferred[None]:
        """Starts the client, with the filter for Twisted's own warning."""
        context = warnings.catch_warnings()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        warnings.filterwarnings("ignore", "Using readBody", DeprecationWarning)
        return Deferred.fromCoroutine(main(self.reactor, where, times))

    def serve(self) -> None:
        """Connects all who ask to the counter, and carries the bytes both ways."""
        peer = IPv4Address("TCP", "192.0.2.7", 8080)
        waiting, self.reactor.tcpClients[:] = self.reactor.tcpClients[:], []
        for _host, _port, factory, _timeout, _bind in waiting:
            asking, answering = StringTransport(), StringTransport()
            client = factory.buildProtocol(peer)
            server = self.site.buildProtocol(peer)
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
        """All questions are on their way before the first answer is there."""
        running = self.start("tcp:192.0.2.7:8080", times=3)
        self.assertEqual(len(self.reactor.tcpClients), 3)
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
        self.assertIn("500", self.failureResultOf(running, SystemExit).value.code)
        self.assertEqual(len(self.flushLoggedErrors(AssertionError)), 1)

    def test_explains_where_it_cannot_ask(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for where in ["", "1234", "tcp", "tcp:host:http", "ftp://host/", "http://é/"]:
            message = self.failureResultOf(self.start(where), SystemExit).value.code
            self.assertTrue(message.startswith(f"Cannot ask '{where}': "), message)
            self.assertNotIn("\n", message)

    def test_names_a_folder_that_is_not_there(self) -> None:
        """The server suggests FOLDER for TLS: who copies it reads what is wrong."""
        running = self.start("tls:host:7:trustRoots=FOLDER")
        message = self.failureResultOf(running, SystemExit).value.code
        self.assertIn("FOLDER", message.split("': ", maxsplit=1)[1])

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
        with warnings.catch_warnings():
            runpy.run_path(os.fspath(script), run_name="__main__")
        self.assertEqual(started, [["http://127.0.0.1:8080/", 1]])


class CauseTests(SynchronousTestCase):
    """The reason at the bottom of Twisted's errors."""

    def test_looks_into_errors_that_wrap_others(self) -> None:
        """However deep the refusal is wrapped, it is what the user reads."""
        refused = Refused()
        never = ResponseNeverReceived([Failure(refused)])
        for error in (refused, never, FirstError(Failure(never), 0)):
            self.assertIs(cause(error), refused)
