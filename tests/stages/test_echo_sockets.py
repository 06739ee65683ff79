"""The echo server on real sockets, where chunks, resets and full buffers are real."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from echo_server import EchoFactory, EchoProtocol
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IPushProducer, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from tests.real_sockets import next_turn, real_sockets
from tests.stage_process import posix_only

# Twisted itself still uses what pyOpenSSL warns about.
over_tls = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL")
MUCH = 16 * 1024 * 1024  # bytes, more than any buffer of the system holds


class Collector(Protocol):
    """A client that keeps all it receives; `received` fires with it at the end."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """Starts with nothing."""
        self.chunks: list[bytes] = []
        self.received: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Keeps the next bytes."""
        self.chunks.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Delivers the sum."""
        self.received.callback(b"".join(self.chunks))


class RememberingEcho(EchoProtocol):
    """An echo protocol on TCP, whose class can be asked for its connections."""

    transport: ITCPTransport
    connections: ClassVar["list[RememberingEcho]"]

    def connectionMade(self) -> None:
        """Adds itself to the list."""
        super().connectionMade()
        self.connections.append(self)
        self.gone: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells the test, after the real work."""
        super().connectionLost(reason)
        self.gone.callback(None)


class ForgetfulEcho(RememberingEcho):
    """Hangs up as the stage's protocol does, but leaves the producer registered."""

    def readConnectionLost(self) -> None:
        """Hangs up once everything is sent, or so it seems."""
        self.transport.loseConnection()


@asynccontextmanager
async def echo_port(
    protocol: type[RememberingEcho] = RememberingEcho, certificate: Path | None = None
) -> AsyncIterator[tuple[str, list[RememberingEcho]]]:
    """Listens on a free port; gives its client endpoint and the list of connections.

    Over TLS, if there is a folder with a `certificate`.
    """
    from twisted.internet import reactor

    RememberingEcho.connections = []
    factory = EchoFactory()
    factory.protocol = protocol
    kind, where = "tcp", "tcp:0:interface=127.0.0.1"
    if certificate:
        kind = "ssl"
        where = f"ssl:0:interface=127.0.0.1:privateKey={certificate}/server.pem"
    port = await serverFromString(reactor, where).listen(factory)
    try:
        yield f"{kind}:127.0.0.1:{port.getHost().port}", RememberingEcho.connections
    finally:
        await port.stopListening()


async def connect(endpoint: str) -> Collector:
    """Connects one collecting client."""
    from twisted.internet import reactor

    client = await connectProtocol(clientFromString(reactor, endpoint), Collector())
    assert isinstance(client, Collector)
    return client


@real_sockets(seconds=20)
async def test_two_hundred_clients_that_half_close_get_their_answers() -> None:
    """Each of 200 clients that send and end their sending at once is answered whole."""
    async with echo_port() as (endpoint, _):
        for number in range(200):
            client = await connect(endpoint)
            client.transport.write(b"hello %d\n" % number)
            client.transport.loseWriteConnection()
            assert await client.received == b"hello %d\n" % number


@real_sockets(seconds=20)
async def test_four_mebibytes_come_back_equal() -> None:
    """A large random message, many times any buffer's size, comes back as it was."""
    message = os.urandom(4 * 1024 * 1024)
    async with echo_port() as (endpoint, _):
        client = await connect(endpoint)
        client.transport.write(message)
        client.transport.loseWriteConnection()
        assert await client.received == message


@real_sockets(seconds=20)
async def test_tcp_does_not_hold_small_answers_back() -> None:
    """The accepted connection has Nagle's algorithm switched off."""
    async with echo_port() as (endpoint, connections):
        client = await connect(endpoint)
        client.transport.write(b"x")
        while not client.chunks:
            await next_turn()
        assert connections[-1].transport.getTcpNoDelay()
        client.transport.loseConnection()
        await client.received
        await connections[-1].gone


@over_tls
@real_sockets(seconds=20)
async def test_hangs_up_over_tls(certificate: Path) -> None:
    """It closes a TLS connection, since it unregisters its producer before."""
    async with echo_port(RememberingEcho, certificate) as (endpoint, connections):
        client = await connect(endpoint)
        client.transport.write(b"hello")
        while not client.chunks:
            await next_turn()
        connections[-1].readConnectionLost()  # TLS would not call it
        assert await client.received == b"hello"


@over_tls
@real_sockets(seconds=20)
async def test_a_registered_producer_keeps_tls_open(certificate: Path) -> None:
    """Without unregisterProducer, loseConnection does not close a TLS connection."""
    async with echo_port(ForgetfulEcho, certificate) as (endpoint, connections):
        client = await connect(endpoint)
        client.transport.write(b"hello")
        while not client.chunks:
            await next_turn()
        connections[-1].readConnectionLost()
        await stays_open(client, connections[-1])


@real_sockets(seconds=20)
async def test_hangs_up_on_a_slow_reader() -> None:
    """While it is paused it can be told to hang up, and sends everything first."""
    async with echo_port() as (endpoint, connections):
        client = await connect_slow_reader(endpoint, connections)
        connections[-1].readConnectionLost()
        IPushProducer(client.transport).resumeProducing()
        assert len(await client.received) == MUCH


@real_sockets(seconds=20)
async def test_a_paused_producer_keeps_tcp_open() -> None:
    """Without unregisterProducer, all is sent, and then the connection stays."""
    async with echo_port(ForgetfulEcho) as (endpoint, connections):
        client = await connect_slow_reader(endpoint, connections)
        connections[-1].readConnectionLost()
        IPushProducer(client.transport).resumeProducing()
        while sum(map(len, client.chunks)) < MUCH:
            await next_turn()
        await stays_open(client, connections[-1])


@posix_only
def test_a_unix_socket_has_tcps_methods() -> None:
    """The transport of a UNIX socket is an ITCPTransport; the one for tests is not."""
    from twisted.internet.unix import Server

    assert ITCPTransport.implementedBy(Server)
    assert not ITCPTransport.implementedBy(StringTransport)


async def connect_slow_reader(
    endpoint: str, connections: list[RememberingEcho]
) -> Collector:
    """Returns a client that does not read, and to which much has been written."""
    client = await connect(endpoint)
    IPushProducer(client.transport).pauseProducing()
    while not connections:
        await next_turn()
    connections[-1].transport.write(bytes(MUCH))
    return client


async def stays_open(client: Collector, connection: RememberingEcho) -> None:
    """Sees a connection still open after a while, and then breaks it off."""
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    await deferLater(reactor, 0.3)
    assert not client.received.called
    connection.transport.abortConnection()  # it does not even notice a client that goes
    await client.received
    await connection.gone
