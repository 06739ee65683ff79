"""A client that chats with itself and others, for the labs of this stage."""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.protocols.basic import LineReceiver


class Member(LineReceiver):
    """A client that talks to everybody, and waits for a line with some ending."""

    delimiter = b"\n"
    transport: ITCPTransport

    def __init__(self) -> None:
        """`entered` fires once it knows whether this server wants `/msg`."""
        self.talk = "{}"
        self.entered: Deferred[None] = Deferred()
        self.awaited: tuple[bytes, Deferred[None]] = b"hello", self.entered

    def connectionMade(self) -> None:
        """Says something; in a chat with channels, that alone is an error."""
        self.transport.setTcpNoDelay(True)  # it is the server that is measured
        self.say("hello")

    def say(self, text: str) -> None:
        """Says something to everybody, itself included."""
        self.sendLine(self.talk.format(text).encode())

    async def hear(self, ending: str) -> None:
        """Waits for the next line with that ending."""
        self.awaited = ending.encode(), Deferred()
        await self.awaited[1]

    def lineReceived(self, line: bytes) -> None:
        """Takes a line, which may be the one that is awaited."""
        ending, waiting = self.awaited
        if waiting is self.entered and line.startswith(b"error:"):
            self.talk = "/msg #lobby {}"
            self.say("hello")
        elif line.endswith(ending) and not waiting.called:
            waiting.callback(None)
