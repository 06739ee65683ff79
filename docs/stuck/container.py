"""A server on 127.0.0.1, and a client that comes to another address of the machine."""

from twisted.internet import task
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory, Protocol


async def main(reactor: IReactorCore) -> None:
    server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await server.listen(Factory.forProtocol(Protocol))
    where = f"tcp:127.0.0.2:{port.getHost().port}"
    await connectProtocol(clientFromString(reactor, where), Protocol())
    print("connected")


task.react(main)
