"""A chat that takes its time: your turn is in `CalmProtocol`."""

from chat_server import ChatFactory, ChatProtocol

LINES = 3  # a client may say this many lines
SECONDS = 10  # in this many seconds


class CalmProtocol(ChatProtocol):
    """The connection of one client, which can be too fast."""

    factory: "CalmFactory"

    def connectionMade(self) -> None:
        """Prepares the connection, then enters the chat."""
        # Your turn: what must be remembered of this client?
        super().connectionMade()

    def lineReceived(self, line: bytes) -> None:
        """Obeys a line, or tells its sender what is wrong with it."""
        # Your turn: is it too fast? `self.factory.clock.seconds()` tells the time.
        super().lineReceived(line)


class CalmFactory(ChatFactory):
    """Makes a protocol for each connection; all of them share a chat and a clock."""

    protocol = CalmProtocol
