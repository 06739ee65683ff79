"""A client in memory: it does to a real protocol what TCP and the reactor would do.

StringTransport itself does nothing but remember. Here, bytes arrive only while the
server reads, and a connection ends only after the server has let go of it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from docs.machinery.diagrams.scene import Event, SceneError, Step


class Client(StringTransport):
    """A client, and the server's end of its connection."""

    protocol: Protocol

    def __init__(
        self, name: str, server: str, address: IPv4Address, events: list[Event]
    ) -> None:
        """Prepares a connection that adds what happens on it to `events`."""
        super().__init__(peerAddress=address, lenient=True)
        self.name = name
        self.server = server
        self.events = events
        self.arriving: list[Callable[[], None]] = []  # what the server has yet to read
        self.reads = True  # the client does, so all that is written can be sent

    def connect(self, factory: Factory[Any]) -> None:
        """Connects, as the reactor does once it has accepted a connection."""
        protocol = factory.buildProtocol(self.getPeer())
        if protocol is None:
            raise SceneError(f"{self.server} turned {self.name} away")
        self.protocol = protocol
        self.called("connectionMade()")
        protocol.makeConnection(self)

    def take(self, step: Step) -> None:
        """Does what a line of the script says, as far as the client's side of it."""
        match step.verb:
            case "sends":
                if self.producerState == "paused":
                    self.noted(f"{step.data!r} waits in the network")
                self.arriving.append(lambda: self.receive(step.data))
            case "half-closes":
                self.arriving.append(self.reach_end)
            case "disconnects":
                self.arriving.append(lambda: self.lose(ConnectionDone()))
            case "is cut off":
                self.lose(ConnectionLost())
            case "stops reading":
                self.reads = False
                self.noted(f"{self.name} stops reading: 64 KiB pile up")
                self.tell_producer("pause")
            case "reads again":
                self.reads = True
                self.noted(f"{self.name} reads again: everything is sent")
                self.tell_producer("resume")

    # What the reactor does.

    def turn(self) -> bool:
        """Lets the next thing happen on this connection, and says whether one did."""
        if not self.connected:
            return False
        if self.disconnected:
            self.lose(ConnectionAborted())
        elif self.disconnecting:
            # TCP sends what was written, and waits for a producer to write more.
            if not self.reads or self.producer is not None:
                return False
            self.lose(ConnectionDone())
        elif self.arriving and self.producerState == "producing":
            self.arriving.pop(0)()
        else:
            return False
        return True

    def receive(self, data: bytes) -> None:
        """Hands bytes to the protocol."""
        self.called(f"dataReceived({data!r})")
        self.protocol.dataReceived(data)

    def reach_end(self) -> None:
        """Ends the stream of bytes: to most protocols, that is the end of it all."""
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self.called("readConnectionLost()")
            self.protocol.readConnectionLost()
        else:
            self.lose(ConnectionDone())

    def lose(self, reason: Exception) -> None:
        """Ends the connection."""
        self.connected = False
        self.called(f"connectionLost({type(reason).__name__})")
        self.protocol.connectionLost(Failure(reason))

    def tell_producer(self, verb: str) -> None:
        """Pauses or resumes whatever the protocol has registered as its producer."""
        method = f"{verb}Producing"
        if self.producer is self:
            self.producerState = "paused" if verb == "pause" else "producing"
            self.noted(f"transport calls its {method}()")
        elif self.producer is not None:
            self.called(f"{method}()")
            getattr(self.producer, method)()

    # What the protocol calls.

    def write(self, data: bytes) -> None:
        """Records bytes that the protocol sends."""
        super().write(data)
        self.acted(f"write({data!r})")

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Records pieces that the protocol sends at once, as the one that they make."""
        pieces = list(data)
        super().writeSequence(pieces)
        self.acted(f"writeSequence([{b''.join(pieces)!r}])")

    def loseConnection(self) -> None:
        """Records that the protocol hangs up."""
        super().loseConnection()
        self.acted("loseConnection()")

    def abortConnection(self) -> None:
        """Records that the protocol hangs up without sending the rest."""
        self.disconnected = self.disconnecting = True
        self.acted("abortConnection()")

    def pauseProducing(self) -> None:
        """Records that the protocol wants no more bytes for now."""
        super().pauseProducing()
        self.acted("pauseProducing()")

    def resumeProducing(self) -> None:
        """Records that the protocol wants bytes again."""
        super().resumeProducing()
        self.acted("resumeProducing()")

    # What the diagram shows of it.

    def called(self, label: str) -> None:
        """Records a call from the reactor, on behalf of this client."""
        self.events.append(Event("call", self.name, self.server, label))

    def acted(self, method: str) -> None:
        """Records a call of a method of this transport."""
        if self.connected:  # else nothing leaves the server
            event = Event("act", self.server, self.name, f"transport.{method}")
            self.events.append(event)

    def noted(self, label: str) -> None:
        """Records what no call shows."""
        self.events.append(Event("note", self.name, self.server, label))
