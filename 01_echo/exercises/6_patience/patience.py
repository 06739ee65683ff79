"""An echo server that waits forever: your turn is to lose patience after a while."""

from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Factory, Protocol

PATIENCE = 30  # seconds


class Patient(Protocol):
    """One conversation with one client."""

    transport: ITransport
    factory: "Patience"

    def connectionMade(self) -> None:
        """Prepares the connection; the reactor calls this once, first."""
        # Your turn: from now on, a client may be silent for PATIENCE seconds.

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)


class Patience(Factory[Patient]):
    """The server: makes a Patient for each client, and is its `factory`."""

    protocol = Patient

    def __init__(self, clock: IReactorTime) -> None:
        """Takes the reactor, or a test's Clock, whose time the test sets."""
        self.clock = clock
