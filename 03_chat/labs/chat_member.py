"""A client that chats with itself and others, for the labs of this stage."""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.protocols.basic import LineReceiver


class Member(LineReceiver):
    """A client that talks in #lobby, and listens for the end of some line."""

    delimiter = b"\n"
    transport: ITCPTransport

    def __init__(self) -> None:
        """Listens for nothing yet."""
        self.awaited: tuple[bytes, Deferred[None]] | None = None

    def connectionMade(self) -> None:
        """Never holds a line back itself: it is the server that is measured."""
        self.transport.setTcpNoDelay(True)

    def say(self, text: str) -> None:
        """Says something to all who are in #lobby, itself included."""
        self.sendLine(f"/msg #lobby {text}".encode())

    async def hear(self, ending: str) -> None:
        """Waits for the next line with that ending."""
        self.awaited = ending.encode(), Deferred()
        await self.awaited[1]

    def lineReceived(self, line: bytes) -> None:
        """Takes a line, which may be the one that is awaited."""
        if self.awaited and line.endswith(self.awaited[0]):
            (_, waiting), self.awaited = self.awaited, None
            waiting.callback(None)
