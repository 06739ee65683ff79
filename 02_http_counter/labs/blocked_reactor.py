"""Measures how long everyone waits while one answer takes its time."""

from counter_lab import Row, Server, print_table, run
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorTime,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

PAUSE = 0.01  # seconds between two questions


class Asking(Protocol):
    """A client with one question, in the HTTP that ends with the answer: 1.0."""

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
    """Returns the answer to one question."""
    client: Asking = await connectProtocol(endpoint, Asking(path))
    return await client.answered


async def longest_wait(
    clock: IReactorTime, endpoint: IStreamClientEndpoint, slow_path: str
) -> float:
    """Returns the ms that a quick answer took at most, while a slow one was made."""
    # On its way, but not awaited: this client asks its own questions meanwhile.
    slow = Deferred.fromCoroutine(ask(endpoint, slow_path))
    waits = []
    while not slow.called:
        start = clock.seconds()
        await ask(endpoint, "/")
        waits.append(clock.seconds() - start)
        await deferLater(clock, PAUSE)
    return max(waits) * 1000


async def measure(clock: IReactorTime, server: Server) -> dict[str, Row]:
    """Returns what others have to wait for each of the slow answers."""
    endpoint = await server.listening()
    server.progress("one client wants a slow answer, another many quick ones")
    return {
        f"longest wait, {path}, ms": await longest_wait(clock, endpoint, path)
        for path in ("/wait", "/compute")
    }


async def main(reactor: IReactorCore) -> None:
    """Measures both servers, one after the other."""
    clock = IReactorTime(reactor)
    servers = [Server(reactor, "blocking_site.py"), Server(reactor, "patient_site.py")]
    print_table(*[await measure(clock, server) for server in servers])


if __name__ == "__main__":
    run(main)
