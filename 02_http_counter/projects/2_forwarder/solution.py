"""A port forwarder, which shows what passes through it."""

import sys
from itertools import count

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.interfaces import IReactorCore, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import react
from twisted.internet.tcp import Connection


class Side(Protocol):
    """One of two connections: what it receives goes out at the other."""

    transport: Connection
    other: "Side"

    def __init__(self, label: str) -> None:
        self.label = label

    def dataReceived(self, data: bytes) -> None:
        """Shows a piece, as a literal of Python, and passes it on."""
        print(self.label, data[:60], flush=True)
        self.other.transport.write(data)

    def connectionLost(self, reason: object = None) -> None:
        """Closes the other side, once everything is sent there."""
        if self.other.connected:
            self.other.transport.unregisterProducer()
            self.other.transport.loseConnection()


class Front(Side):
    """The side where the client is."""

    def __init__(self, number: int, target: IStreamClientEndpoint) -> None:
        super().__init__(f"{number} >")
        self.other, self.target = Side(f"{number} <"), target

    def connectionMade(self) -> None:
        """Connects to the target. Until that is done, the client has to wait."""
        self.transport.pauseProducing()
        back = self.target.connect(Factory.forProtocol(lambda: self.other))
        back.addCallbacks(self.join, lambda _failure: self.transport.abortConnection())

    def join(self, back: Side) -> None:
        """Lets both sides talk, and the slower one sets the pace."""
        back.other = self
        back.transport.registerProducer(self.transport, streaming=True)
        self.transport.registerProducer(back.transport, streaming=True)
        self.transport.resumeProducing()


async def main(reactor: IReactorCore, endpoint: str, target: str) -> None:
    """Passes on what comes in at `endpoint` to `target`, until told to stop."""
    to, numbers = clientFromString(reactor, target), count(1)
    pairs = Factory.forProtocol(lambda: Front(next(numbers), to))
    await serverFromString(reactor, endpoint).listen(pairs)
    await Deferred()  # never fires


if __name__ == "__main__":
    react(main, sys.argv[1:] or ["tcp:8081:interface=127.0.0.1", "tcp:127.0.0.1:8080"])
