"""Counts the connections that clients can hold with a byte now and then.

Both servers give a client 1 second here instead of the usual 60, for a lab must end.
"""

from counter_lab import Row, Server, print_table, run
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IReactorCore, IReactorTime, ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import LoopingCall, deferLater
from twisted.python.failure import Failure

CLIENTS = 20
INTERVAL = 0.2  # seconds from one byte to the next
WATCHED = 3  # seconds, after which it is clear enough


class Dripping(Protocol):
    """A client whose request never ends: a header of it grows, a byte at a time."""

    transport: ITransport

    def __init__(self) -> None:
        """Is connected, and has sent nothing yet."""
        self.gone = False
        self.drip = LoopingCall(self.send_a_byte)

    def connectionMade(self) -> None:
        """Begins a request that is right as far as it goes."""
        self.transport.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nLong: ")
        self.drip.start(INTERVAL)

    def send_a_byte(self) -> None:
        """Sends the header's next byte."""
        self.transport.write(b"x")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Stops: the server has hung up."""
        self.gone = True
        self.drip.stop()


async def connect(server: Server) -> list[Dripping]:
    """Returns the clients of a server, who have begun to drip."""
    endpoint = await server.listening()
    server.progress(f"{CLIENTS} clients send a byte every {INTERVAL} seconds")
    return [await connectProtocol(endpoint, Dripping()) for _ in range(CLIENTS)]


def measure(clients: list[Dripping]) -> dict[str, Row]:
    """Returns how many of the clients still hold their connections."""
    held = sum(not client.gone for client in clients)
    return {f"held after {WATCHED} seconds, of {CLIENTS}": held}


async def main(reactor: IReactorCore) -> None:
    """Measures both servers in the same seconds."""
    servers = [Server(reactor, "naive_site.py"), Server(reactor, "hurried_counter.py")]
    crowds = [await connect(server) for server in servers]
    await deferLater(IReactorTime(reactor), WATCHED)
    print_table(*map(measure, crowds))


if __name__ == "__main__":
    run(main)
