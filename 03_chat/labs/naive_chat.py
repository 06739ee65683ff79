"""A chat in as few lines as it takes: whatever one client says, all of them read.

python 03_chat/labs/naive_chat.py tcp:1234:interface=127.0.0.1
"""

import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class NaiveChat(LineReceiver):
    """The connection of one client."""

    delimiter = b"\n"
    factory: "NaiveFactory"

    def connectionMade(self) -> None:
        """Enters."""
        self.factory.clients.add(self)

    def lineReceived(self, line: bytes) -> None:
        """Sends `line` to everyone."""
        for client in self.factory.clients:
            client.sendLine(line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves."""
        self.factory.clients.discard(self)


class NaiveFactory(Factory[NaiveChat]):
    """Makes the connections, and knows them all."""

    protocol = NaiveChat

    def __init__(self) -> None:
        """Starts with nobody."""
        self.clients: set[NaiveChat] = set()


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Runs a chat at `endpoint`, until the process is told to stop."""
    port = await serverFromString(reactor, endpoint).listen(NaiveFactory())
    print(f"Naive chat on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
