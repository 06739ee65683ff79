"""Measures how long others wait while one answer takes its time."""

from counter_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IReactorTime,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

PAUSE = 0.01  # seconds between two requests


class Asking(Protocol):
    """A client with one request, in the HTTP that ends with the answer: 1.0."""

    transport: ITransport

    def __init__(self, path: str) -> None:
        """`answered` fires with the whole answer."""
        self.path = path
        self.received = b""
        self.answered: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Asks."""
        self.transport.write(f"GET {self.path} HTTP/1.0\r\n\r\n".encode("ascii"))

    def dataReceived(self, data: bytes) -> None:
        """Keeps what comes."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Has the answer: the server has hung up."""
        self.answered.callback(self.received)


async def ask(endpoint: IStreamClientEndpoint, path: str) -> bytes:
    """Returns the answer to one request."""
    client: Asking = await connectProtocol(endpoint, Asking(path))
    return await client.answered


async def measure(server: Server) -> dict[str, Row]:
    """Returns how long a quick answer took at most, while a slow one was made."""
    endpoint = await server.listening()
    server.progress("one client asks for /slow, another for / again and again")
    clock = IReactorTime(server.reactor)
    # On its way, but not awaited: this client sends its own requests meanwhile.
    slow = Deferred.fromCoroutine(ask(endpoint, "/slow"))
    waits = []
    while not slow.called:
        start = clock.seconds()
        await ask(endpoint, "/")
        waits.append(clock.seconds() - start)
        await deferLater(clock, PAUSE)
    return {"longest wait for /, ms": max(waits) * 1000}


if __name__ == "__main__":
    compare(
        measure,
        "../steps/counter_sleeps.py",
        "../steps/counter_slow.py",
        "../steps/counter_thread.py",
    )
