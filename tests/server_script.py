"""The tests that all server scripts share, on a reactor without sockets.

`test_every_main.py` runs them for each stage.
"""

import os
import runpy
import sys
from errno import ENOSPC
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from twisted.internet import task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError, ConnectionDone, ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs, globalLogBeginner
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.transports import TCPTransport

PEER = IPv4Address("TCP", "192.0.2.7", 50000)


class ServerScriptCase(SynchronousTestCase):
    """A server's `main` and `address_of`. A subclass says whose."""

    module: ClassVar[ModuleType]  # the server's

    def setUp(self) -> None:
        """Catches what is printed and flushed, as the other end of a pipe does."""
        # How it writes an address: a web server's is a URL.
        self.url = "http://{}/" if hasattr(self.module, "Site") else "{}"
        self.script = Path(str(self.module.__file__)).relative_to(ROOT)
        self.output = BytesIO()
        self.patch(sys, "stdout", TextIOWrapper(self.output, "utf-8", newline="\n"))
        self.patch(sys, "orig_argv", ["python", os.fspath(self.script)])
        self.patch(sys, "argv", [os.fspath(self.script)])
        self.reactor = MemoryReactorClock()

    def start(self, endpoint: str) -> Deferred[None]:
        """Begins to serve at `endpoint`."""
        return Deferred.fromCoroutine(self.module.main(self.reactor, endpoint))

    def connected(self, transport: StringTransport | None = None) -> Protocol:
        """Begins to serve, and returns the server's end of a new connection."""
        self.start("tcp:7")
        [(_port, factory, *_)] = self.reactor.tcpServers
        protocol = factory.buildProtocol(PEER)
        assert isinstance(protocol, Protocol)
        protocol.makeConnection(transport or StringTransport(peerAddress=PEER))
        return protocol

    def test_listens_where_it_is_told(self) -> None:
        """The endpoint's port and interface are what the reactor is asked for."""
        self.assertNoResult(self.start("tcp:7:interface=127.0.0.1"))
        [(port, _factory, _backlog, interface)] = self.reactor.tcpServers
        self.assertEqual((port, interface), (7, "127.0.0.1"))

    def test_announces_itself_in_one_line(self) -> None:
        """Once the reactor runs, one line says what listens, where, and what to try."""
        # In a folder that is called like the script.
        script = self.script.with_name(self.script.stem) / self.script.name
        self.patch(sys, "argv", [os.fspath(script)])
        self.start(self.module.DEFAULT)
        self.assertEqual(self.output.getvalue(), b"")
        self.reactor.run()
        # A port in memory says that it listens everywhere.
        port = self.module.DEFAULT.split(":")[1]
        address = self.url.format(f"0.0.0.0:{port}")
        client = script.with_name(script.name.replace("server", "client"))
        name, _, rest = self.output.getvalue().decode().partition(" on ")
        self.assertRegex(name, r"^[A-Z][a-z ]+$")
        self.assertEqual(rest, f"{address}. Try: python {client}\n")

    def test_leaves_another_endpoint_to_the_clients_help(self) -> None:
        """The client alone would look for the server at the default endpoint."""
        self.start("tcp:7")
        self.reactor.run()
        self.assertTrue(self.output.getvalue().endswith(b"_client.py --help\n"))

    def test_serves_on_if_nobody_can_read_that(self) -> None:
        """A full disk, an unread pipe, or no output at all costs that line alone."""

        class Full(StringIO):
            def flush(self) -> None:
                raise OSError(ENOSPC, "No space left on device")

        for output in (Full(), None):
            self.patch(sys, "stdout", output)
            self.reactor = MemoryReactorClock()
            self.assertNoResult(self.start("tcp:7"))
            self.reactor.run()
            self.assertIsNone(sys.stdout)  # or Python would fail once more in the end

    def test_serves_this_machine_alone_by_default(self) -> None:
        """Without an ENDPOINT it listens on loopback, where nobody else can connect."""
        started: list[list[str]] = []
        self.patch(task, "react", lambda _main, arguments: started.append(arguments))
        self.patch(globalLogBeginner, "beginLoggingTo", lambda *_, **__: None)
        runpy.run_path(os.fspath(ROOT / self.script), run_name="__main__")
        self.assertEqual(started, [[self.module.DEFAULT]])
        self.assertRegex(self.module.DEFAULT, r"^tcp:\d+:interface=127\.0\.0\.1$")

    def test_explains_an_endpoint_that_is_none(self) -> None:
        """Each kind of nonsense ends in one line that repeats it, and status 1."""
        for endpoint in ["", "1234", "tcp", "tcp:http", "tcp:7:x=8", "ssl:7:certKey=?"]:
            failure = self.failureResultOf(self.start(endpoint), SystemExit)
            line = failure.value.code
            self.assertTrue(line.startswith(f"Cannot listen on '{endpoint}': "), line)
            self.assertNotIn("\n", line)
        self.assertEqual(self.reactor.tcpServers, [])
        self.reactor.run()
        self.assertEqual(self.output.getvalue(), b"")

    def test_explains_a_busy_port(self) -> None:
        """A port in use ends in one line with the system's reason, and status 1."""

        def refuse(*_: object, **__: object) -> None:
            raise CannotListenError("127.0.0.1", 7, OSError("Address already in use"))

        self.patch(self.reactor, "listenTCP", refuse)
        failure = self.failureResultOf(self.start("tcp:7"), SystemExit)
        self.assertIn("Address already in use", failure.value.code)

    def test_asks_tcp_not_to_wait(self) -> None:
        """On TCP, a small answer leaves at once instead of being gathered (Nagle)."""
        transport = TCPTransport(peerAddress=PEER)
        self.connected(transport)
        self.assertTrue(transport.no_delay)

    def test_is_silent_about_a_clean_close(self) -> None:
        """Normal traffic leaves no trace in the log."""
        self.assertEqual(logged(self.connected(), ConnectionDone()), [])

    def test_has_one_line_about_a_broken_connection(self) -> None:
        """A connection that broke is one line: who, and why."""
        [line] = logged(self.connected(), ConnectionLost("reset"))
        self.assertIn("192.0.2.7", line)
        self.assertIn("reset", line)

    def test_is_silent_about_clients_that_it_cuts_off_itself(self) -> None:
        """Once the server is told to stop, lost clients are its own doing."""
        protocol = self.connected()
        for trigger, args, kwargs in self.reactor.triggers["before"]["shutdown"]:
            trigger(*args, **kwargs)
        self.assertEqual(logged(protocol, ConnectionLost()), [])

    def test_logs_on_while_its_port_is_closed(self) -> None:
        """A port may close in a process that goes on; its clients still matter."""
        protocol = self.connected()
        [(_port, factory, *_)] = self.reactor.tcpServers
        factory.doStart()
        factory.doStop()
        self.assertEqual(len(logged(protocol, ConnectionLost("reset"))), 1)

    def test_knows_each_kind_of_address(self) -> None:
        """IPv4, IPv6 in brackets, and a UNIX socket's path."""
        scheme = ["http"] if hasattr(self.module, "Site") else []
        for bound, expected in [
            (IPv4Address("TCP", "127.0.0.1", 7), self.url.format("127.0.0.1:7")),
            (IPv6Address("TCP", "::1", 7), self.url.format("[::1]:7")),
            (UNIXAddress(b"/tmp/socket"), "/tmp/socket"),
        ]:
            self.assertEqual(self.module.address_of(bound, *scheme), expected)


def logged(protocol: Protocol, reason: Exception) -> list[str]:
    """Returns what is logged as a protocol's client is lost."""
    with capturedLogs() as events:
        protocol.connectionLost(Failure(reason))
    return [event["log_format"].format(**event) for event in events]
