"""An echo server that should count instead: your turn is in Tally."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol


class Tally(Protocol):
    """One conversation with one client."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Takes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)  # Your turn: count now, and answer later.
