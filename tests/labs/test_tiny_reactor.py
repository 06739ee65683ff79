"""The tiny reactor makes the turns that its page describes, with real sockets."""

import ast
import contextlib
import signal
import socket
import tokenize
from time import monotonic
from typing import cast

from echo_server import EchoFactory, EchoProtocol
from tiny_reactor import MOST, TinyReactor, Transport
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import alsoProvides

from tests import ROOT
from tests.ladder.running import running
from tests.stage_process import TIME_LIMIT, posix_only, run

SCRIPT = "01_echo/labs/tiny_reactor.py"
MUCH = 16 * 1024 * 1024  # bytes, more than any buffer of the system holds


class Recorder(Protocol):
    """Keeps what it is told, and knows nothing of half-closes."""

    def connectionMade(self) -> None:
        """Adds itself to those who are there."""
        self.told: list[object] = []
        self.tiny = cast("Transport", self.transport)
        cast("RecorderFactory", self.factory).there.append(self)

    def dataReceived(self, data: bytes) -> None:
        """Keeps the bytes; some are more than it can bear."""
        if data == b"fail":
            raise ValueError(data)
        self.told.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Keeps the kind of the end."""
        self.told.append(reason.type)


class RecorderFactory(EchoFactory):
    """Makes Recorders, and keeps them."""

    protocol = cast("type[EchoProtocol]", Recorder)

    def __init__(self) -> None:
        self.there: list[Recorder] = []


class TurnTests(SynchronousTestCase):
    """What a turn does, and what it leaves to a later one."""

    def listen(self, factory: EchoFactory) -> None:
        """Makes a reactor that listens on a free port."""
        self.reactor = TinyReactor(0, factory)
        self.addCleanup(self.close)

    def close(self) -> None:
        """Closes whatever the reactor has open."""
        self.reactor.listening.close()
        for transport in self.reactor.transports:
            transport.client.close()

    def connect(self) -> socket.socket:
        """Returns a new client, which the reactor has let in."""
        client = socket.create_connection(self.reactor.listening.getsockname())
        self.addCleanup(client.close)
        client.settimeout(0)
        self.reactor.turn()
        return client

    def record(self, clients: int) -> tuple[list[socket.socket], list[Recorder]]:
        """Returns some clients, and their protocols."""
        factory = RecorderFactory()
        self.listen(factory)
        return [self.connect() for _ in range(clients)], factory.there

    def read(self, client: socket.socket) -> bytes:
        """Takes turns until a client gets something, and returns that."""
        give_up = monotonic() + TIME_LIMIT
        while monotonic() < give_up:
            with contextlib.suppress(BlockingIOError):
                return client.recv(1024 * 1024)
            self.reactor.turn()
        raise AssertionError("nothing has come")

    def test_sends_in_the_turn_after_the_one_that_receives(self) -> None:
        """A write puts aside; what it has put aside leaves a turn later."""
        self.listen(EchoFactory())
        client = self.connect()
        client.send(b"hello\n")
        self.reactor.turn()
        self.assertRaises(BlockingIOError, client.recv, 100)
        self.reactor.turn()
        self.assertEqual(client.recv(100), b"hello\n")

    def test_a_client_without_half_close_is_lost_when_it_ends(self) -> None:
        """A protocol that does not ask for it is not told of a half-close."""
        [client], [protocol] = self.record(1)
        client.send(b"bye")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read(client), b"")
        self.assertEqual(protocol.told, [b"bye", ConnectionDone])
        self.assertEqual(self.reactor.transports, set())

    def test_a_half_close_loses_nothing_that_waits(self) -> None:
        """The echo sends the rest, which the system could not take yet, and closes."""
        self.listen(EchoFactory())
        client = self.connect()
        [transport] = self.reactor.transports
        transport.unregisterProducer()  # or it would not receive the end yet
        transport.write(bytes(MUCH))
        client.shutdown(socket.SHUT_WR)
        while self.reactor.transports and not transport.closing:
            self.reactor.turn()  # until it has received the end
        received = 0
        while piece := self.read(client):
            received += len(piece)
        self.assertEqual(received, MUCH)

    def test_a_half_close_is_told_once(self) -> None:
        """A protocol that asks for it may go on writing, as long as it likes."""
        [client], [protocol] = self.record(1)
        alsoProvides(protocol, IHalfCloseableProtocol)
        vars(protocol)["readConnectionLost"] = lambda: protocol.told.append("half")
        client.shutdown(socket.SHUT_WR)
        self.reactor.turn()
        self.connect()  # in another turn
        protocol.tiny.write(b"late")
        self.assertEqual(self.read(client), b"late")
        self.assertEqual(protocol.told, ["half"])

    def test_an_exception_ends_one_connection_alone(self) -> None:
        """Its protocol is told; another one receives in the same turn."""
        [alice, bob], [first, second] = self.record(2)
        alice.send(b"fail")
        bob.send(b"hello")
        self.reactor.turn()
        self.assertEqual(first.told, [ValueError])
        self.assertEqual(second.told, [b"hello"])

    def test_sends_what_another_protocol_has_written(self) -> None:
        """Buffered bytes are sent, whichever callback has called `write`."""
        [_, bob], [_, second] = self.record(2)
        second.tiny.write(b"from Alice")
        self.assertEqual(self.read(bob), b"from Alice")

    def test_a_paused_connection_is_not_received_from(self) -> None:
        """Its bytes wait in the system, until it is resumed."""
        [alice, bob], [first, second] = self.record(2)
        first.tiny.pauseProducing()
        alice.send(b"early")
        bob.send(b"hello")
        self.reactor.turn()
        self.assertEqual((first.told, second.told), ([], [b"hello"]))
        first.tiny.resumeProducing()
        self.reactor.turn()
        self.assertEqual(first.told, [b"early"])

    def test_pauses_a_producer_while_much_is_unsent(self) -> None:
        """It is paused above the limit, and resumed when nothing is left."""
        [client], [protocol] = self.record(1)
        transport = protocol.tiny
        transport.registerProducer(transport, streaming=True)
        transport.write(bytes(MOST))
        self.assertTrue(transport.reading)
        transport.write(b"!")
        self.assertFalse(transport.reading)
        received = b""
        while len(received) <= MOST:
            received += self.read(client)
        self.assertTrue(transport.reading)

    def test_closes_once_everything_is_sent(self) -> None:
        """What was written before loseConnection arrives, however much it is."""
        [client], [protocol] = self.record(1)
        written = bytes(range(256)) * 16 * 1024
        protocol.tiny.write(written)
        protocol.tiny.loseConnection()
        received = b""
        while piece := self.read(client):
            received += piece
        self.assertEqual(received, written)
        self.assertEqual(protocol.told, [ConnectionDone])


class SourceTests(SynchronousTestCase):
    """What the page says of the file."""

    def test_has_at_most_100_lines_of_code(self) -> None:
        """Empty lines, comments and docstrings are not counted."""
        file = ROOT / SCRIPT
        with tokenize.open(file) as source:
            tokens = list(tokenize.generate_tokens(source.readline))
        nothing = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
        nothing |= {tokenize.COMMENT, tokenize.ENDMARKER}
        lines = {token.start[0] for token in tokens if token.type not in nothing}
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Expr(value=ast.Constant()):  # a docstring
                    lines -= set(range(node.lineno, (node.end_lineno or 0) + 1))
        self.assertTrue(50 < len(lines) <= 100, len(lines))

    def test_twisteds_own_reactor_stays_out(self) -> None:
        """Running the echo on it imports no reactor of Twisted."""
        code = f"import sys; sys.path.insert(0, '{(ROOT / SCRIPT).parent}')\n"
        code += "import tiny_reactor; print('twisted.internet.reactor' in sys.modules)"
        self.assertEqual(run("-c", code).stdout.split(), [b"False"])


@posix_only
def test_ctrl_c_ends_it_quietly() -> None:
    """Without a traceback, with status 0, while a client is connected."""
    with running(SCRIPT) as server, server.connect() as client:
        client.send(b"hello\n")
        assert client.recv(100) == b"hello\n"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(TIME_LIMIT) == 0
        assert server.complaints() == []
