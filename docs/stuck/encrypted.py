"""A TLS server and a client for two of the other files here, on this machine."""

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.wire import Echo
from twisted.python.failure import Failure


class Client(Protocol):
    """Sends a greeting, and waits for the answer."""

    def __init__(self) -> None:
        """`answer` fires with what comes first: bytes, or the connection's end."""
        self.answer: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Says hello."""
        self.transport.write(b"hello")

    def dataReceived(self, data: bytes) -> None:
        """Got its answer."""
        self.answer.callback(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Got no answer."""
        if not self.answer.called:
            self.answer.errback(reason)


async def say(reactor: IReactorCore, where: str) -> None:
    """Says hello to a server on a free port, whose key is in `server.pem`."""
    server = "ssl:0:privateKey=server.pem:interface=127.0.0.1"
    port = await serverFromString(reactor, server).listen(Factory.forProtocol(Echo))
    client = clientFromString(reactor, where.format(port=port.getHost().port))
    print("the server answers", await (await connectProtocol(client, Client())).answer)
