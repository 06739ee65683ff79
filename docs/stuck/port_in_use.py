"""Listens twice on one port."""

from twisted.internet import task
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory


async def main(reactor: IReactorCore) -> None:
    first = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    number = (await first.listen(Factory())).getHost().port
    second = serverFromString(reactor, f"tcp:{number}:interface=127.0.0.1")
    await second.listen(Factory())
    print("both listen")


task.react(main)
