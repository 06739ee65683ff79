"""A client for the other files here: it speaks to their servers, on this machine."""

from twisted.internet import defer, task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure


def say(data: bytes, server: type[Protocol], *, half_close: bool = False) -> None:
    """Serves a protocol, sends it `data`, and prints the first answer."""
    task.react(converse, [data, server, half_close])


class Client(Protocol):
    """Waits for an answer, or for the server to hang up."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`answer` fires once, with words for the reader."""
        self.answer: Deferred[str] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Takes the first bytes that arrive as the answer."""
        self.end(f"received {data!r}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Stops waiting: the connection has ended."""
        self.end("the server hung up")

    def end(self, words: str) -> None:
        """Fires `answer`, unless it has fired."""
        if not self.answer.called:
            self.answer.callback(words)


async def converse(
    reactor: IReactorTime, data: bytes, server: type[Protocol], half_close: bool
) -> None:
    """Lets a client and a server speak for half a second at most."""
    listening = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await listening.listen(Factory.forProtocol(server))
    where = f"tcp:127.0.0.1:{port.getHost().port}"
    client = await connectProtocol(clientFromString(reactor, where), Client())
    client.transport.write(data)
    if half_close:
        client.transport.loseWriteConnection()
    client.answer.addTimeout(0.5, reactor)
    try:
        print("client:", await client.answer)
    except defer.TimeoutError:
        print("client: no answer in half a second")
