"""A chat that takes its time."""

from collections import deque

from chat_commands import deliver
from chat_server import ChatFactory, ChatProtocol

LINES = 3  # a client may say this many lines
SECONDS = 10  # in this many seconds


class CalmProtocol(ChatProtocol):
    """The connection of one client, which can be too fast."""

    factory: "CalmFactory"
    times: deque[float]  # when the last lines were obeyed

    def connectionMade(self) -> None:
        """Prepares the connection, then enters the chat."""
        self.times = deque(maxlen=LINES)
        super().connectionMade()

    def lineReceived(self, line: bytes) -> None:
        """Obeys a line, or tells its sender what is wrong with it."""
        now = self.factory.clock.seconds()
        # `times[0]` is the oldest.
        if len(self.times) == LINES and now - self.times[0] < SECONDS:
            deliver(f"error: at most {LINES} lines in {SECONDS} seconds", [self])
        else:
            self.times.append(now)
            super().lineReceived(line)


class CalmFactory(ChatFactory):
    """Makes a protocol for each connection; all of them share a chat and a clock."""

    protocol = CalmProtocol
