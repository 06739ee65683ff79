"""An echo server that numbers its visitors: your turn is in `connectionMade`."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol


class Greeter(Protocol):
    """One conversation with one visitor."""

    transport: ITransport
    factory: "Visitors"

    def connectionMade(self) -> None:
        """Greets the visitor; the reactor calls this once, first."""
        number = 0  # Your turn: the first visitor is number 1, the next is number 2.
        self.transport.write(f"Welcome, visitor {number}.\n".encode())

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)


class Visitors(Factory[Greeter]):
    """The server: makes a Greeter for each visitor, and is its `factory`."""

    protocol = Greeter
