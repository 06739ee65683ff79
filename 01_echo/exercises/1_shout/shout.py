"""An echo server that shouts: your turn is in `dataReceived`."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol


class Shout(Protocol):
    """One conversation with one client."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Answers `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)  # Your turn: in capitals.
