"""The echo server on real sockets: what a string transport is too kind to show."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from echo_server import EchoFactory, EchoProtocol
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from tests.real_sockets import real_sockets


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


@asynccontextmanager
async def echo_port() -> AsyncIterator[tuple[str, list[RememberingEcho]]]:
    """Listens on a free port; gives its client endpoint and the list of connections."""
    from twisted.internet import reactor

    RememberingEcho.connections = []
    factory = EchoFactory()
    factory.protocol = RememberingEcho
    port = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
    try:
        yield f"tcp:127.0.0.1:{port.getHost().port}", RememberingEcho.connections
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
async def test_a_hundred_clients_at_once_are_kept_apart() -> None:
    """A hundred clients connected together each get their own bytes."""
    async with echo_port() as (endpoint, connections):
        clients = [await connect(endpoint) for _ in range(100)]
        for number, client in enumerate(clients):
            client.transport.write(b"%d" % number * 1000)
        for client in clients:
            client.transport.loseWriteConnection()
        answers = await gatherResults([client.received for client in clients])
        assert answers == [b"%d" % number * 1000 for number in range(100)]
        assert len(connections) == 100


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


@real_sockets(seconds=20)
async def test_a_reset_is_one_line_in_the_log() -> None:
    """A client that resets its connection costs one line, and nobody else anything."""
    async with echo_port() as (endpoint, connections):
        other = await connect(endpoint)
        client = await connect(endpoint)
        while len(connections) < 2:
            await next_turn()
        mine = client.transport.getHost()
        with capturedLogs() as events:
            client.transport.abortConnection()
            await client.received
            await gatherResults(
                [c.gone for c in connections if c.transport.getPeer() == mine]
            )
        assert isinstance(mine, IPv4Address)
        [event] = [event for event in events if event["log_namespace"] == "echo_server"]
        assert event["who"] == mine
        assert not [event for event in events if "log_failure" in event]
        other.transport.write(b"still here")
        other.transport.loseWriteConnection()
        assert await other.received == b"still here"


async def next_turn() -> None:
    """Lets the reactor deal with what has happened meanwhile."""
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    await deferLater(reactor, 0)
