"""An echo server that numbers its visitors."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol


class Greeter(Protocol):
    """One conversation with one visitor."""

    transport: ITransport
    factory: "Visitors"

    def connectionMade(self) -> None:
        """Greets the visitor; the reactor calls this once, first."""
        self.factory.greeted += 1
        number = self.factory.greeted
        self.transport.write(f"Welcome, visitor {number}.\n".encode())

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)


class Visitors(Factory[Greeter]):
    """The server: makes a Greeter for each visitor, and is its `factory`."""

    protocol = Greeter

    def __init__(self) -> None:
        """Begins to count: a Greeter ends with its conversation, this does not."""
        self.greeted = 0
