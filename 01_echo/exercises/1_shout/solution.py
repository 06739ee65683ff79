"""An echo server that shouts: a client's words come back in capitals."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol


class Shout(Protocol):
    """One conversation with one client."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Answers `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data.upper())
