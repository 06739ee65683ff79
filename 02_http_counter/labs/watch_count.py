"""Prints each number of a stream as it arrives, until the stream ends."""

import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, ITransport
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.client import Agent


class Events(LineOnlyReceiver):
    """Takes the body of an endless answer, line by line."""

    delimiter = b"\n"
    MAX_LENGTH = 1024  # bytes of a line; a longer one ends the stream
    transport: ITransport

    def __init__(self) -> None:
        """`ended` fires when the answer has an end after all."""
        self.ended: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        """Prints a number. Other lines are empty, or comments."""
        field, _, number = line.partition(b": ")
        if field == b"data" and number.isdigit():
            print(number.decode(), flush=True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Says that the stream has ended, for whatever reason."""
        self.ended.callback(None)


async def main(reactor: IReactorCore, url: str) -> None:
    """Follows the stream at `url`; raises SystemExit when it ends."""
    try:
        response = await Agent(reactor, connectTimeout=10).request(b"GET", url.encode())
    except Exception as why:
        sys.exit(f"Cannot watch {url}: {why}")
    if response.code != http.OK:
        sys.exit(f"Cannot watch {url}: status {response.code}")
    events = Events()
    response.deliverBody(events)
    await events.ended
    sys.exit("The stream has ended.")


if __name__ == "__main__":
    task.react(main, [[*sys.argv[1:], "http://127.0.0.1:8080/numbers"][0]])
