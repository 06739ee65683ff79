"""A chat that does not repeat your words to you."""

from collections.abc import Iterable
from itertools import count

from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class QuietProtocol(LineReceiver):
    """The connection of one client."""

    delimiter = b"\n"
    transport: ITransport
    factory: "QuietChat"
    nick: str

    def connectionMade(self) -> None:
        """Enters the chat."""
        self.factory.enter(self)

    def lineReceived(self, line: bytes) -> None:
        """Publishes a line."""
        self.factory.publish(self, line.decode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves the chat."""
        self.factory.exit(self)


class QuietChat(Factory[QuietProtocol]):
    """The chat of step 2, in which your own words do not come back to you."""

    protocol = QuietProtocol

    def __init__(self) -> None:
        """Opens an empty chat."""
        self.clients: set[QuietProtocol] = set()
        self.guest_nicks = (f"guest{number}" for number in count(1))

    def enter(self, client: QuietProtocol) -> None:
        """Gives a new client a nick, and tells everybody."""
        client.nick = next(self.guest_nicks)
        self.clients.add(client)
        deliver(f"* {client.nick} has joined", self.clients)

    def exit(self, client: QuietProtocol) -> None:
        """Forgets a client, and tells everybody else."""
        self.clients.remove(client)
        deliver(f"* {client.nick} has left", self.clients)

    def publish(self, client: QuietProtocol, text: str) -> None:
        """Sends `text` to everybody except `client`."""
        deliver(f"<{client.nick}> {text}", self.clients - {client})


def deliver(line: str, clients: Iterable[QuietProtocol]) -> None:
    """Sends `line` to each of `clients`."""
    data = f"{line}\n".encode()
    for client in clients:
        client.transport.write(data)
