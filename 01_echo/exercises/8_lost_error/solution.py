"""Says something to an echo server."""

import sys

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.internet.task import react
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure


class Client(LineOnlyReceiver):
    """A client that waits for one line."""

    delimiter = b"\n"

    def connectionMade(self) -> None:
        """Prepares the answer: the first line, or the error that says why not."""
        self.answer: Deferred[str] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        """Hands over the first line that arrives."""
        if not self.answer.called:
            self.answer.callback(line.decode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Hands over the reason, if there was no line."""
        if not self.answer.called:
            self.answer.errback(reason)


def main(reactor: IReactorTime, endpoint: str, text: str) -> Deferred[None]:
    """Connects, says `text`, and prints the answer."""
    server = clientFromString(reactor, endpoint)
    connecting: Deferred[Client] = connectProtocol(server, Client())
    # `say` returns a Deferred, so this one waits for it, and gets its errors, too.
    return connecting.addCallback(say, text)


def say(client: Client, text: str) -> Deferred[None]:
    """Sends a line, and prints the one that comes back."""
    client.sendLine(text.encode())
    return client.answer.addCallback(print)


if __name__ == "__main__":
    react(main, sys.argv[1:])
