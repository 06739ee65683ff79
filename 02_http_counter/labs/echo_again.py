"""Tries the two lessons of the echo on a web server: half-close, and backpressure."""

from counter_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IConsumer,
    IPullProducer,
    IPushProducer,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from zope.interface import implementer

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLIENTS = 100
MEBIBYTE = 1024 * 1024
MOST = 12 * MEBIBYTE
# Longer ones, as real clients send them: fewer fill the memory, and the lab is shorter.
LONG_REQUEST = REQUEST.replace(
    b"\r\n\r\n", b"\r\nUser-Agent: %b\r\n\r\n" % (b"x" * 100)
)
PIECE = LONG_REQUEST * 500
PATIENCE = 5  # seconds without progress, after which there will be none


class HalfClosing(Protocol):
    """A client that asks once, says that this was all, and then listens."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`ended` fires with all that the server has sent."""
        self.received = b""
        self.ended: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Asks, and closes its own half of the connection once the request is out."""
        self.transport.write(REQUEST)
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        """Keeps what comes."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Hands over the whole answer: the server has hung up."""
        self.ended.callback(self.received)


@implementer(IPullProducer)
class NeverReading(Protocol, TimeoutMixin):
    """A client that asks as often as the server takes it, and reads nothing."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`stopped` fires when nothing moves any more."""
        self.sent = 0
        self.stopped: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Stops reading. From now on the transport asks for each piece."""
        IPushProducer(self.transport).pauseProducing()
        IConsumer(self.transport).registerProducer(self, streaming=False)
        self.setTimeout(PATIENCE)

    def resumeProducing(self) -> None:
        """Sends a piece; the transport calls this when the one before has left."""
        self.resetTimeout()
        self.transport.write(PIECE)
        self.sent += len(PIECE)
        if self.sent >= MOST:
            IConsumer(self.transport).unregisterProducer()

    def stopProducing(self) -> None:
        """Required by the interface. Nothing is left to do when the lab is over."""

    def timeoutConnection(self) -> None:
        """Reports that nothing moves; TimeoutMixin calls this after PATIENCE."""
        self.stopped.callback(None)


async def measure(server: Server) -> dict[str, Row]:
    """Returns the answers that are lost, and the memory that unread ones take."""
    endpoint = await server.listening()
    server.progress(f"{CLIENTS} clients ask and half-close")
    lost = 0
    for _ in range(CLIENTS):
        client = await connectProtocol(endpoint, HalfClosing())
        lost += b"I am request" not in await client.ended
    server.progress("a client asks and never reads")
    before = server.memory()
    asking = await connectProtocol(endpoint, NeverReading())
    await asking.stopped
    return {
        f"answers lost, of {CLIENTS}": lost,
        "MiB of requests taken": asking.sent // MEBIBYTE,
        "MiB that its memory grew": server.memory() - before,
    }


if __name__ == "__main__":
    compare(measure, "../steps/counter3.py", "../steps/counter4.py")
