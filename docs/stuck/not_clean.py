"""A server that says goodbye and hangs up, and a client that says why it ended."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure


class Server(Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"goodbye")
        self.transport.abortConnection()


class Client(Protocol):
    def __init__(self) -> None:
        self.ended: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        print("received", data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        print(reason.getErrorMessage())
        self.ended.callback(None)


async def main(reactor: IReactorCore) -> None:
    server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await server.listen(Factory.forProtocol(Server))
    where = f"tcp:127.0.0.1:{port.getHost().port}"
    await (await connectProtocol(clientFromString(reactor, where), Client())).ended


task.react(main)
