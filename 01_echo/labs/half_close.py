"""Counts the answers that are lost to clients who end their own sending at once."""

from echo_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

CLIENTS = 200
LINE = b"hello\n"


class HalfClosing(Protocol):
    """A client that says one thing, half-closes, and then listens."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`ended` fires with all that the server has sent."""
        self.received = b""
        self.ended: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Sends a line, and when that is out closes its own half of the connection."""
        self.transport.write(LINE)
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        """Keeps what comes."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Hands over the whole answer: the server has hung up."""
        self.ended.callback(self.received)


async def measure(server: Server) -> dict[str, Row]:
    """Returns how many of the clients, one after the other, lose their answer."""
    endpoint = await server.listening()
    server.progress(f"{CLIENTS} clients send a line and half-close")
    lost = 0
    for _ in range(CLIENTS):
        client = await connectProtocol(endpoint, HalfClosing())
        lost += await client.ended != LINE
    return {f"answers lost, of {CLIENTS}": lost}


if __name__ == "__main__":
    compare(measure, "../steps/echo2.py", "../steps/echo3.py")
