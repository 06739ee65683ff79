"""Where Twisted and asyncio differ: each row of the page's table, seen on both."""

import asyncio
import functools
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IConsumer, IPushProducer, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from tests import ROOT
from tests.real_sockets import next_turn, real_sockets
from tests.stage_process import LOOPBACK, TIME_LIMIT, posix_only, run

Arguments = ParamSpec("Arguments")
KIBIBYTE = 1024
PAGE = ROOT / "docs" / "asyncio.md"


def asyncio_loop(
    test: Callable[Arguments, Coroutine[Any, Any, None]],
) -> Callable[Arguments, None]:
    """Runs an `async` test on asyncio, with the kind of loop that all systems have."""

    @functools.wraps(test)
    def limited(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(asyncio.wait_for(test(*args, **kwargs), TIME_LIMIT))

    return limited


class AsyncioEcho(asyncio.Protocol):
    """The shortest echo on asyncio; `ended` tells how the connection ended."""

    def __init__(self) -> None:
        """Starts with a connection that has not ended."""
        self.made: asyncio.Future[None] = asyncio.Future()
        self.ended: asyncio.Future[Exception | None] = asyncio.Future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport, and tells the test that there is one."""
        self.transport = cast("asyncio.Transport", transport)
        self.made.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Sends back what has come."""
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Passes the reason on."""
        self.ended.set_result(exc)


class TwistedEcho(Protocol):
    """The shortest echo on Twisted; `ended` tells how the connection ended."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """Starts with a connection that has not ended."""
        self.made: Deferred[None] = Deferred()
        self.ended: Deferred[BaseException | None] = Deferred()

    def connectionMade(self) -> None:
        """Tells the test that there is a transport."""
        self.made.callback(None)

    def dataReceived(self, data: bytes) -> None:
        """Sends back what has come."""
        self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Passes the reason on."""
        self.ended.callback(reason.value)


@asynccontextmanager
async def on_asyncio() -> AsyncIterator[tuple[AsyncioEcho, socket.socket]]:
    """Gives an echo on asyncio that is connected, and its client."""
    echo = AsyncioEcho()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    with socket.create_connection(address, TIME_LIMIT) as client:
        await echo.made
        try:
            yield echo, client
        finally:
            echo.transport.close()
            await echo.ended
            server.close()


@asynccontextmanager
async def on_twisted() -> AsyncIterator[tuple[TwistedEcho, socket.socket]]:
    """Gives an echo on Twisted that is connected, and its client."""
    from twisted.internet import reactor

    echo = TwistedEcho()
    factory = Factory.forProtocol(lambda: echo)
    port = await serverFromString(reactor, LOOPBACK).listen(factory)
    address = ("127.0.0.1", port.getHost().port)
    with socket.create_connection(address, TIME_LIMIT) as client:
        await echo.made
        try:
            yield echo, client
        finally:
            echo.transport.abortConnection()
            await port.stopListening()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What either loop gives the system to send, piece by piece."""
    pieces: list[bytes] = []
    send = socket.socket.send

    def remember(self: socket.socket, data: bytes) -> int:
        pieces.append(bytes(data))
        return send(self, data)

    monkeypatch.setattr(socket.socket, "send", remember)
    return pieces


@asyncio_loop
async def test_asyncio_sends_each_write_at_once(sent: list[bytes]) -> None:
    """Before `write` returns, the system has the bytes: 32 writes are 32 sends."""
    async with on_asyncio() as (echo, _):
        for _ in range(32):
            echo.transport.write(b"line\n")
        assert sent == [b"line\n"] * 32


@real_sockets(seconds=20)
async def test_twisted_sends_the_writes_of_a_turn_together(sent: list[bytes]) -> None:
    """`write` sends nothing; the reactor's next turn sends 32 of them in one piece."""
    async with on_twisted() as (echo, _):
        for _ in range(32):
            echo.transport.write(b"line\n")
        assert sent == []
        while not sent:
            await next_turn()
        assert sent == [b"line\n" * 32]


@asyncio_loop
async def test_asyncio_switches_nagle_off() -> None:
    """A connection has TCP_NODELAY without being asked."""
    async with on_asyncio() as (echo, _):
        connection = echo.transport.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@real_sockets(seconds=20)
async def test_twisted_leaves_nagle_on() -> None:
    """A connection has no TCP_NODELAY until `setTcpNoDelay(True)`."""
    async with on_twisted() as (echo, _):
        assert not echo.transport.getTcpNoDelay()


@asyncio_loop
async def test_asyncio_sends_what_waits_before_it_closes() -> None:
    """A half-close ends the connection, after the answers; a clean end is None."""
    async with on_asyncio() as (echo, client):
        answer = bytes(16 * KIBIBYTE * KIBIBYTE)
        echo.transport.write(answer)
        assert echo.transport.get_write_buffer_size()
        client.shutdown(socket.SHUT_WR)
        assert await asyncio.to_thread(read_all, client) == answer
        assert await echo.ended is None


@asyncio_loop
async def test_asyncio_keeps_a_half_closed_connection_if_told_to() -> None:
    """When `eof_received` returns True, answers may still be found and written."""
    async with on_asyncio() as (echo, client):
        at_the_end: asyncio.Future[None] = asyncio.Future()

        def eof_received() -> bool:
            at_the_end.set_result(None)
            return True

        vars(echo)["eof_received"] = eof_received
        client.shutdown(socket.SHUT_WR)
        await at_the_end
        await asyncio.sleep(0)
        echo.transport.write(b"late")
        assert client.recv(4) == b"late"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, it is a matter of luck")
@real_sockets(seconds=20)
async def test_twisted_loses_what_waits_at_a_half_close() -> None:
    """Without IHalfCloseableProtocol, the answer is thrown away with the connection."""
    async with on_twisted() as (echo, client):
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        reason = await echo.ended
        assert repr(reason).startswith("ConnectionDone")
        assert client.recv(5) == b""


@asyncio_loop
async def test_asyncio_pauses_writing_above_64_kib() -> None:
    """Its limits are 64 KiB, where it pauses a protocol, and 16, where it resumes."""
    async with on_asyncio() as (echo, _):
        limits = echo.transport.get_write_buffer_limits()
        assert limits == (16 * KIBIBYTE, 64 * KIBIBYTE)


@implementer(IPushProducer)
class Producer:
    """Notes what it is told."""

    def __init__(self) -> None:
        """Starts with nothing."""
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        """Notes it."""
        self.told.append("pause")

    def resumeProducing(self) -> None:
        """Notes it."""
        self.told.append("resume")

    def stopProducing(self) -> None:
        """Is called at the end."""


@real_sockets(seconds=20)
async def test_twisted_pauses_a_producer_above_64_kib() -> None:
    """Its limits are 64 KiB, where it pauses a producer, and 0, where it resumes."""
    async with on_twisted() as (echo, _):
        producer = Producer()
        IConsumer(echo.transport).registerProducer(producer, streaming=True)
        echo.transport.write(bytes(64 * KIBIBYTE))
        assert producer.told == []
        echo.transport.write(b".")
        assert producer.told == ["pause"]
        while producer.told == ["pause"]:
            await next_turn()
        assert producer.told == ["pause", "resume"]


@asyncio_loop
async def test_asyncio_refuses_a_line_of_more_than_64_kib() -> None:
    """`readline` raises ValueError."""
    reader = asyncio.StreamReader()
    reader.feed_data(bytes(64 * KIBIBYTE) + b"..")
    with pytest.raises(ValueError, match="limit"):
        await reader.readline()


def test_twisted_refuses_a_line_of_more_than_16_kib() -> None:
    """A LineReceiver closes the connection, unless `lineLengthExceeded` says else."""
    receiver, transport = LineReceiver(), StringTransport()
    receiver.makeConnection(transport)
    receiver.dataReceived(bytes(16 * KIBIBYTE))
    assert not transport.disconnecting
    receiver.dataReceived(b"..")
    assert transport.disconnecting


@asyncio_loop
async def test_asyncio_calls_back_in_the_next_turn() -> None:
    """A Future that is done calls nobody yet, and a Task that is made does not run."""
    order: list[str] = []

    async def story() -> None:
        order.append("coroutine")

    future: asyncio.Future[str] = asyncio.Future()
    future.add_done_callback(lambda done: order.append(done.result()))
    future.set_result("callback")
    running = asyncio.create_task(story())
    order.append("here")
    await running
    assert order == ["here", "callback", "coroutine"]


def test_twisted_calls_back_at_once() -> None:
    """A Deferred that fires calls its callbacks, and a coroutine runs till it waits."""
    order: list[str] = []

    async def story() -> None:
        order.append("coroutine")

    deferred: Deferred[str] = Deferred()
    deferred.addCallback(order.append)
    deferred.callback("callback")
    Deferred.fromCoroutine(story())
    order.append("here")
    assert order == ["callback", "coroutine", "here"]


# Each serves one client, which presses Ctrl-C.
ENDS = {
    "asyncio": """
import asyncio, signal, socket
class Ends(asyncio.Protocol):
    def connection_made(self, transport):
        signal.raise_signal(signal.SIGINT)
    def connection_lost(self, exc):
        print("connection lost")
async def main():
    server = await asyncio.get_running_loop().create_server(Ends, "127.0.0.1", 0)
    Ends.client = socket.create_connection(server.sockets[0].getsockname())
    await asyncio.Event().wait()
asyncio.run(main())
""",
    "Twisted": """
import signal, socket
from twisted.internet import defer, endpoints, protocol, task
class Ends(protocol.Protocol):
    def connectionMade(self):
        signal.raise_signal(signal.SIGINT)
    def connectionLost(self, reason):
        print("connection lost")
async def main(reactor):
    endpoint = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await endpoint.listen(protocol.Factory.forProtocol(Ends))
    Ends.client = socket.create_connection(("127.0.0.1", port.getHost().port))
    await defer.Deferred()
task.react(main)
""",
}


@posix_only
@pytest.mark.parametrize(
    ("loop", "error", "output"),
    [("asyncio", b"KeyboardInterrupt", b""), ("Twisted", b"", b"connection lost\n")],
)
def test_ctrl_c(loop: str, error: bytes, output: bytes) -> None:
    """asyncio.run raises and tells no protocol; Twisted tells each, with status 0."""
    result = run("-c", ENDS[loop])
    assert result.stderr.rstrip().rpartition(b"\n")[2] == error
    assert result.stdout == output
    assert (result.returncode == 0) == (loop == "Twisted")


async def await_a_deferred() -> None:
    """What asyncio does not know."""
    await Deferred()


async def await_a_future() -> None:
    """What Twisted does not know."""
    loop = asyncio.SelectorEventLoop()
    loop.close()
    await loop.create_future()


@pytest.mark.parametrize(
    ("make_mistake", "message"),
    [
        (lambda: asyncio.run(await_a_deferred()), "Task got bad yield: <Deferred at"),
        (lambda: start(await_a_future()), "await wasn't used with future"),
        (lambda: start(asyncio.sleep(1)), "no running event loop"),
    ],
)
def test_mistakes_have_the_messages_that_the_page_shows(
    make_mistake: Callable[[], object], message: str
) -> None:
    """Awaiting the other library's promise directly raises a RuntimeError."""
    with pytest.raises(RuntimeError, match=message):
        make_mistake()
    assert f"`RuntimeError: {message}" in PAGE.read_text("utf-8")


def test_a_reactor_is_installed_once() -> None:
    """The second one to install a reactor gets the message that the page shows."""
    late = "import twisted.internet.reactor as _, twisted.internet.asyncioreactor as a"
    result = run("-c", f"{late}; a.install()")
    package, _, error = result.stderr.decode().splitlines()[-1].rpartition(".")
    assert package == "twisted.internet.error"
    assert f"`{error}`" in PAGE.read_text("utf-8")


def start(story: Coroutine[Any, Any, None]) -> None:
    """Starts a coroutine on Twisted, and raises what it raises."""
    failures: list[Failure] = []
    Deferred.fromCoroutine(story).addErrback(failures.append)
    failures[0].raiseException()


def read_all(client: socket.socket) -> bytes:
    """Reads up to the end of the stream."""
    with client.makefile("rb") as stream:
        return stream.read()
