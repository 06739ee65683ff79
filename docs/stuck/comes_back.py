"""A client that is meant to connect again whenever the server drops it."""

from twisted.internet import task
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, Protocol, ReconnectingClientFactory


class Dropper(Protocol):
    def connectionMade(self) -> None:
        print("a client comes")
        self.transport.loseConnection()


class Again(ReconnectingClientFactory):
    protocol = Protocol
    initialDelay = 0.1


async def main(reactor: IReactorTime) -> None:
    server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await server.listen(Factory.forProtocol(Dropper))
    where = f"tcp:127.0.0.1:{port.getHost().port}"
    await clientFromString(reactor, where).connect(Again())
    await task.deferLater(reactor, 0.35)


task.react(main)
