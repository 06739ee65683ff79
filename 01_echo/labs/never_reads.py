"""Measures the memory that a client costs if it sends 60 MiB and never reads."""

from echo_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IConsumer,
    IPullProducer,
    IPushProducer,
    ITransport,
)
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import TimeoutMixin
from zope.interface import implementer

MEBIBYTE = 1024 * 1024
MOST = 60 * MEBIBYTE
PIECE = b"x" * (64 * 1024)
PATIENCE = 4  # seconds without progress, after which there will be none


@implementer(IPullProducer)
class NeverReading(Protocol, TimeoutMixin):
    """A client that sends as much as the server takes, and reads nothing."""

    transport: ITransport

    def __init__(self) -> None:
        """`stopped` fires when nothing moves any more."""
        self.sent = 0
        self.stopped: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Stops reading, and offers itself as one who is asked for each piece."""
        IPushProducer(self.transport).pauseProducing()
        IConsumer(self.transport).registerProducer(self, streaming=False)
        self.setTimeout(PATIENCE)

    def resumeProducing(self) -> None:
        """Sends a piece; the transport asks when it has got rid of the one before."""
        self.resetTimeout()
        self.transport.write(PIECE)
        self.sent += len(PIECE)
        if self.sent == MOST:
            IConsumer(self.transport).unregisterProducer()

    def stopProducing(self) -> None:
        """Does nothing: the connection is gone because the lab is over."""

    def timeoutConnection(self) -> None:
        """Says so; TimeoutMixin calls this when the time has run out."""
        self.stopped.callback(None)


async def measure(server: Server) -> dict[str, Row]:
    """Returns how much a server took, and how its memory grew from it."""
    endpoint = await server.listening()
    server.progress("a client sends and never reads")
    before = server.memory()
    client = await connectProtocol(endpoint, NeverReading())
    await client.stopped
    return {
        "MiB taken from the client": client.sent // MEBIBYTE,
        "MiB that its memory grew": server.memory() - before,
    }


if __name__ == "__main__":
    compare(measure, "../steps/echo3.py", "../steps/echo4.py")
