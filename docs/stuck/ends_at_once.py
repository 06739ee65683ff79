"""A server that ends as soon as it has started."""

from twisted.internet import task
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory


async def main(reactor: IReactorCore) -> None:
    endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    await endpoint.listen(Factory())
    reactor.callWhenRunning(print, "listening")


task.react(main)
