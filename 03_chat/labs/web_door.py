"""A door for browsers: the limits that Twisted's WebSocket does not have."""

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IProtocolNegotiationFactory, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.server import Request, Site
from zope.interface import implementer

if TYPE_CHECKING:
    from web_member import Browser

log = Logger()


class Door(ProtocolWrapper):
    """One connection of a browser. It stands between the transport and twisted.web.

    Twisted gathers the parts of a WebSocket message without a limit. The door counts
    the bytes since the last whole message, and drops a browser that sends too many.
    """

    PIECE = 512  # bytes that are looked at before counting and pausing
    SILENT_ROUNDS = 2  # after which a browser is dropped
    MESSAGE = 4096  # bytes; the chat says which lines are too long

    factory: "Doors"
    transport: Any
    limit = 16 * 1024  # bytes of a request, until it becomes a WebSocket
    browser: "Browser | None" = None  # once it has become one
    received = 0  # bytes since the last whole request or message
    rounds = 0  # that have passed since then
    kept = b""  # has arrived, and is not wanted yet
    busy = paused = dropped = False

    def dataReceived(self, data: bytes) -> None:
        """Passes on the bytes that arrive, a piece at a time, unless it is paused."""
        self.kept += data
        if self.busy:  # twisted.web calls resumeProducing in the middle of a piece
            return
        self.busy = True
        while self.kept and not self.paused and not self.disconnecting:
            piece, self.kept = self.kept[: self.PIECE], self.kept[self.PIECE :]
            self.received += len(piece)
            super().dataReceived(piece)
            if self.received > self.limit:
                self.drop(f"it sent {self.limit} bytes without completing a message")
        self.busy = False

    def whole(self) -> None:
        """Starts to count anew, because a request or a message is complete."""
        self.received = self.rounds = 0

    def pauseProducing(self) -> None:
        """Keeps the bytes that have arrived, and stops reading."""
        self.paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Passes on the bytes that it kept, and then reads on."""
        self.paused = False
        self.dataReceived(b"")
        if not self.paused:
            self.transport.resumeProducing()

    def look_after(self) -> None:
        """Drops a browser that has been silent for two rounds, or asks if it lives."""
        self.rounds += 1
        if self.rounds > self.SILENT_ROUNDS:
            self.drop("it did not answer")
        elif self.browser and not self.disconnecting:
            self.browser.socket.ping()

    def loseConnection(self) -> None:
        """Closes. When a browser says goodbye, Twisted calls this, and nothing else."""
        if self.browser and not self.disconnecting:
            self.disconnecting = True  # a WebSocket that is closing takes no line
            self.browser.chatter.readConnectionLost()
        super().loseConnection()

    def drop(self, why: str) -> None:
        """Ends the connection without sending what waits."""
        if not self.dropped:
            log.warn("dropped {who}: {why}", who=self.getPeer(), why=why)
        self.dropped = self.disconnecting = True
        self.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells twisted.web or the chat, which need not log it a second time."""
        self.disconnecting = True  # a turn that is due hands nothing on
        super().connectionLost(connectionDone if self.dropped else reason)


@implementer(IProtocolNegotiationFactory)
class Doors(WrappingFactory[Door]):
    """Makes a door for each connection to the page, and looks after all of them."""

    protocol = Door
    ROUND = 30  # seconds

    def __init__(self, site: Site, clock: IReactorTime) -> None:
        """Stands before `site`; the reactor, or in a test a Clock, tells the time."""
        super().__init__(site)
        self.looking = LoopingCall(self.go_round)
        self.looking.clock = clock

    def doStart(self) -> None:
        """Begins to look after the doors, as soon as a port listens."""
        super().doStart()
        self.looking.start(self.ROUND, now=False)

    def doStop(self) -> None:
        """Ends with the port."""
        self.looking.stop()
        super().doStop()

    def go_round(self) -> None:
        """Finds the browsers that have gone without a word, as sleeping laptops do."""
        for door in list(self.protocols):
            door.look_after()

    def acceptableProtocols(self) -> list[bytes]:
        """Says over TLS which HTTP is spoken: a WebSocket begins with version 1.1."""
        return [b"http/1.1"]


def door_of(request: Request) -> Door:
    """Returns the door that a request has come through."""
    door = request.channel.transport
    assert isinstance(door, Door)
    return door
