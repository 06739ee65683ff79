"""The clients of exercises are as strict as TCP, and what they tell is short."""

from collections.abc import Callable

import pytest
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.components import registerAdapter
from twisted.python.failure import Failure

from docs.machinery.exercises.case import ServerCase

React = Callable[[ITCPTransport, bytes], object]


def case_of(react: React) -> ServerCase:
    """Returns the case of a server that reacts to bytes as told."""

    class Reacting(Protocol):
        transport: ITCPTransport

        def dataReceived(self, data: bytes) -> None:
            react(self.transport, data)

    class Case(ServerCase):
        def make_factory(self, clock: IReactorTime) -> Factory[Reacting]:
            return Factory.forProtocol(Reacting)

    case = Case()
    case.setUp()
    return case


def write_and_abort(transport: ITCPTransport, data: bytes) -> None:
    """Writes, and aborts the connection in the same turn."""
    transport.write(data)
    transport.abortConnection()


def test_an_abort_throws_away_what_was_written() -> None:
    """The client reads nothing of it, as on a socket: only what came before."""
    alice = case_of(write_and_abort).connect()
    alice.sends(b"Sorry\n")
    alice.is_gone()
    with pytest.raises(AssertionError, match=r"The server aborts, so what it wrote is"):
        alice.receives(b"Sorry\n")


def test_what_left_before_an_abort_has_arrived() -> None:
    """The abort of a later turn cannot take it back."""

    def react(transport: ITCPTransport, data: bytes) -> None:
        if data == b"bye":
            transport.abortConnection()
        transport.write(data)

    alice = case_of(react).connect()
    alice.sends(b"hello")
    alice.sends(b"bye")
    alice.receives(b"hello")


def test_nothing_arrives_after_the_end() -> None:
    """A server that goes on writing after the client has left writes to nobody."""
    transports: list[ITCPTransport] = []
    case = case_of(lambda transport, _: transports.append(transport))
    alice = case.connect()
    alice.sends(b"hello")
    alice.does("disconnects")
    transports[0].write(b"late")
    transports[0].writeSequence([b"later"])
    case.wait(1)
    alice.receives(b"")


def test_nothing_arrives_while_the_client_does_not_read() -> None:
    """It waits in the server, and arrives when the client reads again."""

    def react(transport: ITCPTransport, data: bytes) -> None:
        transport.write(data)

    alice = case_of(react).connect()
    alice.does("stops reading")
    alice.sends(b"hello")
    alice.receives(b"")
    alice.does("reads again")
    alice.receives(b"hello")


def test_half_closes_through_an_adapter() -> None:
    """Twisted asks for an adapter, so a Protocol need not be half-closeable itself."""

    class Adapted(Protocol):
        def connectionLost(self, reason: Failure = connectionDone) -> None:
            raise AssertionError

    class LastWord:
        def __init__(self, protocol: Adapted) -> None:
            self.protocol = protocol

        def readConnectionLost(self) -> None:
            assert self.protocol.transport is not None
            self.protocol.transport.write(b"bye")

    class Case(ServerCase):
        def make_factory(self, clock: IReactorTime) -> Factory[Adapted]:
            return Factory.forProtocol(Adapted)

    registerAdapter(LastWord, Adapted, IHalfCloseableProtocol)
    case = Case()
    case.setUp()
    alice = case.connect()
    alice.does("half-closes")
    alice.receives(b"bye")


def test_what_a_socket_can_be_told_is_taken() -> None:
    """TCP's options are set on a socket, so in memory they must not fail."""

    def react(transport: ITCPTransport, _: bytes) -> None:
        transport.setTcpNoDelay(True)
        transport.setTcpKeepAlive(True)

    case_of(react).connect().sends(b"hello")


@pytest.mark.parametrize("bound", [3, None])
def test_what_a_server_keeps_is_measured(bound: int | None) -> None:
    """A list that is cut keeps little, and one that is not keeps everything."""
    kept: list[bytes] = []

    def react(_: ITCPTransport, data: bytes) -> None:
        kept.append(data + bytes(100))
        if bound:
            del kept[:-bound]

    case = case_of(react)
    alice = case.connect()

    def flood() -> None:
        for _ in range(100):
            alice.sends(b"hello")

    assert (case.grows(flood) < 5000) == bool(bound)


def test_bytes_come_one_at_a_time() -> None:
    """Each byte is a call of its own, so a character may be cut in the middle."""
    pieces: list[bytes] = []
    case = case_of(lambda _, data: pieces.append(data))
    case.connect().drips("é\n".encode())
    assert pieces == [b"\xc3", b"\xa9", b"\n"]
    assert case.story[-1] == r"Alice sends b'\xc3\xa9\n' byte by byte."


def test_a_page_of_html_is_told_in_one_line() -> None:
    """Nobody reads it in a sentence: its title says what it says."""

    def react(transport: ITCPTransport, _: bytes) -> None:
        transport.write(b"HTTP/1.1 500 Oh\r\nX: y\r\n\r\n")
        transport.write(b"\n<html>\n<body>\n<h1>It broke</h1>\n</body></html>\n")

    alice = case_of(react).connect()
    alice.sends(b"hello")
    with pytest.raises(AssertionError) as raised:
        alice.receives(b"hi")
    assert str(raised.value).endswith(
        "Alice should receive b'hi', but receives b'HTTP/1.1 500 Oh' and a page that"
        " says 'It broke'."
    )


def test_an_exception_that_says_nothing_is_named() -> None:
    """As NotImplementedError, which says all by its name."""

    def react(transport: ITCPTransport, _: bytes) -> None:
        raise NotImplementedError

    alice = case_of(react).connect()
    with pytest.raises(AssertionError, match=r"fails with NotImplementedError\.$"):
        alice.sends(b"hello")


def test_a_line_without_an_end_is_no_line() -> None:
    """A client that reads lines would wait for the rest of it."""
    alice = case_of(lambda transport, data: transport.write(data)).connect()
    alice.sends(b"one\r\ntwo\n")
    alice.hears("one", "two")
    alice.sends(b"one\ntwo")
    with pytest.raises(AssertionError, match=r"whole lines, but 'two' has no end\.$"):
        alice.hears("one", "two")
