"""An echo server, and five that are none: read this file when you are done.

Your tests are worth more if they find the faults without you knowing them.
"""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol


class GoodEcho(Protocol):
    """Sends back what it receives."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)


class EchoA(Protocol):
    """Never forgets: with each piece, all pieces before it come back once more."""

    transport: ITransport
    heard = b""

    def dataReceived(self, data: bytes) -> None:
        """Echoes all that it has ever heard."""
        self.heard += data
        self.transport.write(self.heard)


class EchoB(Protocol):
    """Believes in lines: a line without an end does not come back."""

    transport: ITransport
    unfinished = b""

    def dataReceived(self, data: bytes) -> None:
        """Echoes whole lines."""
        *lines, self.unfinished = (self.unfinished + data).split(b"\n")
        for line in lines:
            self.transport.write(line + b"\n")


class EchoC(Protocol):
    """Thinks that all lines end alike: it turns CRLF into LF."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data` with the line ends of its own system."""
        self.transport.write(data.replace(b"\r\n", b"\n"))


class EchoD(Protocol):
    """Takes everything for text: bytes that are not UTF-8 come back as others."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Echoes the text that `data` is, or nearly is."""
        self.transport.write(data.decode(errors="replace").encode())


class EchoE(Protocol):
    """Mixes up its clients: the one that connected last gets all the answers."""

    transport: ITransport
    newest: ITransport  # set on the class, which all conversations share

    def connectionMade(self) -> None:
        """Remembers the connection, where only the last is remembered."""
        type(self).newest = self.transport

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data` to somebody."""
        self.newest.write(data)
