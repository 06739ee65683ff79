"""A browser for the other files here: it asks their sites, on this machine."""

from collections.abc import Sequence

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site


def browse(root: Resource, *requests: str, headers: Sequence[str] = ()) -> None:
    """Sends requests such as "GET /", and prints what matters of each answer."""
    task.react(visit, [root, requests, headers])


class Browser(Protocol):
    """Sends a request, and takes the answer until the server hangs up."""

    def __init__(self, *lines: str) -> None:
        """`answered` fires with the whole answer."""
        self.request = "\r\n".join([*lines, "", ""]).encode()
        self.answered: Deferred[str] = Deferred()
        self.received = b""

    def connectionMade(self) -> None:
        """Asks."""
        self.transport.write(self.request)

    def dataReceived(self, data: bytes) -> None:
        """Adds the next part of the answer."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Has the whole answer: in HTTP/1.0, it ends with the connection."""
        self.answered.callback(self.received.decode())


async def visit(
    reactor: IReactorCore, root: Resource, requests: Sequence[str], headers: list[str]
) -> None:
    """Prints each answer's status, its headers that say where, and its text."""
    server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await server.listen(Site(root))
    client = clientFromString(reactor, f"tcp:127.0.0.1:{port.getHost().port}")
    for request in requests:
        browser = await connectProtocol(
            client, Browser(f"{request} HTTP/1.0", *headers)
        )
        status, *lines = (await browser.answered).splitlines()
        print(request, "->", status.partition(" ")[2])
        for line in lines:
            if line.startswith(("Location", "Access-Control", "    <h1>", "hello")):
                print("  ", line.strip())
