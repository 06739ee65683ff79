"""An echo server that waits for whole lines, and refuses those that are too long."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol

MAX_LENGTH = 20  # bytes in a line, its end not counted


class LineEcho(Protocol):
    """One conversation with one client."""

    transport: ITransport
    unfinished = b""  # the start of a line whose end has not come yet

    def dataReceived(self, data: bytes) -> None:
        """Takes `data`: the next bytes of a stream, cut at any place."""
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        for line in lines:
            if len(line) > MAX_LENGTH:
                self.refuse()
                return
            self.transport.write(line + b"\n")
        # Else a client that never ends its line could fill the memory.
        if len(self.unfinished) > MAX_LENGTH:
            self.refuse()

    def refuse(self) -> None:
        """Says why, and hangs up; from then on, the reactor reads no more."""
        self.transport.write(b"Line too long.\n")
        self.transport.loseConnection()
