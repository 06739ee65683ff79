"""An echo server with two seats: it tells a third client so, and hangs up."""

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

SEATS = 2


class Guest(Protocol):
    """One conversation with one guest."""

    transport: ITransport
    factory: "House"

    def connectionMade(self) -> None:
        """Lets the guest in or turns it away; the reactor calls this once, first."""
        if len(self.factory.seated) < SEATS:
            self.factory.seated.add(self)
        else:
            self.transport.write(b"Sorry, all seats are taken.\n")
            self.transport.loseConnection()  # as soon as the line is sent

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Frees the seat; the reactor calls this once, last, whatever the end was."""
        # Clients that were turned away end here as well, and have no seat to free.
        self.factory.seated.discard(self)


class House(Factory[Guest]):
    """The server: makes a Guest for each client, and is its `factory`."""

    protocol = Guest

    def __init__(self) -> None:
        """Begins with all seats free."""
        self.seated: set[Guest] = set()
