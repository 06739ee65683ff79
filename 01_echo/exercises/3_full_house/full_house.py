"""An echo server with two seats: your turn is to turn away a third client."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol

SEATS = 2


class Guest(Protocol):
    """One conversation with one guest."""

    transport: ITransport
    factory: "House"

    def connectionMade(self) -> None:
        """Lets the guest in; the reactor calls this once, first."""
        # Your turn: in, or out? And what must happen when the guest leaves?

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)


class House(Factory[Guest]):
    """The server: makes a Guest for each client, and is its `factory`."""

    protocol = Guest
