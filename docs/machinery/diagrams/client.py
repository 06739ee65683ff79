"""A client in memory that does to a real protocol what TCP and the reactor would do.

StringTransport only remembers. Here, bytes arrive only while the server reads, and a
connection ends only after the server has let go of it.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from docs.machinery.diagrams.scene import Step

if TYPE_CHECKING:
    from docs.machinery.diagrams.session import Session


class Client(StringTransport):
    """A client, and the server's end of its connection."""

    protocol: Protocol

    def __init__(self, name: str, session: "Session") -> None:
        """Prepares a connection. What happens on it becomes the session's events."""
        address = IPv4Address("TCP", "127.0.0.1", 50001 + len(session.clients))
        super().__init__(peerAddress=address, lenient=True)
        self.connected = False
        self.name = name
        self.session = session
        self.io = BytesIO()  # what the server has written, and TCP not sent yet
        self.arriving: list[Callable[[], None]] = []  # what the server has yet to read
        self.reads = True  # the client does, so all that is written can be sent

    def connect(self, factory: Factory[Any]) -> None:
        """Connects, as the reactor does once it has accepted a connection."""
        self.session.clients.append(self)
        self.session.script.append(f"{self.name} connects")
        protocol = factory.buildProtocol(self.getPeer())
        if protocol is None:
            self.noted(f"{self.session.server} turns {self.name} away")
            return
        self.connected = True
        self.protocol = protocol
        self.called("connectionMade()")
        protocol.makeConnection(self)

    def take(self, step: Step) -> None:
        """Does the client's part of one step of a script."""
        self.session.script.append(str(step))
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
        """Lets the next thing happen on this connection. Returns whether one did."""
        if not self.connected:
            return False
        if self.disconnected:  # what was written in the same turn is thrown away
            self.lose(ConnectionAborted())
            return True
        if self.reads:
            self.received += self.io.getvalue()
            self.io = BytesIO()
        if self.disconnecting:
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
        """Ends the client's half. For most protocols, that ends the connection."""
        if half_closeable := IHalfCloseableProtocol(self.protocol, None):
            self.called("readConnectionLost()")
            half_closeable.readConnectionLost()
        else:
            self.lose(ConnectionDone())

    def lose(self, reason: Exception) -> None:
        """Ends the connection."""
        self.connected = False
        self.called(f"connectionLost({type(reason).__name__})")
        self.protocol.connectionLost(Failure(reason))

    def tell_producer(self, verb: str) -> None:
        """Pauses or resumes the producer that the protocol has registered, if any.

        A diagram has no place for one that is neither the transport nor the protocol.
        """
        method = f"{verb}Producing"
        if self.producer is self:
            self.producerState = "paused" if verb == "pause" else "producing"
            self.noted(f"transport calls its {method}()")
        elif self.producer is not None:
            if self.producer is self.protocol:
                self.called(f"{method}()")
            else:
                self.noted(f"transport calls {method}() of its producer")
            getattr(self.producer, method)()

    def value(self) -> bytes:
        """Returns what has reached the client since the last `clear`."""
        return self.received

    def clear(self) -> None:
        """Forgets what has reached the client."""
        self.received = b""

    # What the protocol calls.

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001 - as on a socket
        """Does nothing: in memory, nothing is delayed."""

    def setTcpKeepAlive(self, enabled: bool) -> None:  # noqa: FBT001 - as on a socket
        """Does nothing: in memory, no line is silent."""

    def write(self, data: bytes) -> None:
        """Records bytes that the protocol sends."""
        super().write(data)
        self.acted(f"write({data!r})")

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Records pieces that the protocol sends at once, joined into one."""
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
        """Records that the reactor calls the protocol on behalf of this client."""
        self.session.add("call", self.name, self.session.server, label)

    def acted(self, method: str) -> None:
        """Records that the protocol calls this transport."""
        if self.connected:  # after the end, nothing leaves the server
            label = f"transport.{method}"
            self.session.add("act", self.session.server, self.name, label)

    def noted(self, label: str) -> None:
        """Records something that no call shows."""
        self.session.add("note", self.name, self.session.server, label)
