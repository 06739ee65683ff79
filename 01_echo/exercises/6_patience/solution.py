"""An echo server that hangs up on clients that are silent for too long."""

from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

PATIENCE = 30  # seconds


class Patient(Protocol):
    """One conversation with one client."""

    transport: ITransport
    factory: "Patience"

    def connectionMade(self) -> None:
        """Sets the timer; the reactor calls this once, first."""
        # Twisted's own TimeoutMixin does what this class does with its timer.
        hang_up = self.transport.loseConnection
        self.timer = self.factory.clock.callLater(PATIENCE, hang_up)

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.timer.reset(PATIENCE)
        self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Stops the timer; the reactor calls this once, last, whatever the end was."""
        # A timer that has run out can't be canceled. One that still runs would keep
        # this object in memory, and then hang up on nobody.
        if self.timer.active():
            self.timer.cancel()


class Patience(Factory[Patient]):
    """The server: makes a Patient for each client, and is its `factory`."""

    protocol = Patient

    def __init__(self, clock: IReactorTime) -> None:
        """Takes the reactor, or a test's Clock, whose time the test sets."""
        self.clock = clock
