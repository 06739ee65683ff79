"""A server that counts what a client sends, and tells it the total at the end."""

from twisted.internet.interfaces import IHalfCloseableProtocol, ITransport
from twisted.internet.protocol import Protocol
from zope.interface import implementer


# Without this declaration, the reactor closes the connection when the client has
# finished sending.
@implementer(IHalfCloseableProtocol)
class Tally(Protocol):
    """One conversation with one client."""

    transport: ITransport
    total = 0

    def dataReceived(self, data: bytes) -> None:
        """Takes `data`: the next bytes of a stream, cut at any place."""
        self.total += len(data)

    def readConnectionLost(self) -> None:
        """Tells the total: the client has no more to say, but may listen."""
        self.transport.write(f"Total: {self.total}\n".encode())
        self.transport.loseConnection()  # as soon as the line is sent

    def writeConnectionLost(self) -> None:
        """Required by the interface. Never called: this server closes both halves."""
