"""An echo server that should wait for whole lines: your turn is in `dataReceived`."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol

MAX_LENGTH = 20  # bytes in a line, its end not counted


class LineEcho(Protocol):
    """One conversation with one client."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Takes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)  # Your turn: only the lines that are complete.
