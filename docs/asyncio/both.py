"""A server on Twisted and a client on asyncio, which await each other on one loop."""

import asyncio

from twisted.internet import asyncioreactor, task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port
from twisted.protocols.wire import Echo


async def main(reactor: IReactorCore, loop: asyncio.AbstractEventLoop) -> None:
    """Serves on Twisted, and awaits what asyncio's coroutine returns."""
    endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await endpoint.listen(Factory.forProtocol(Echo))
    conversation = Deferred.fromFuture(loop.create_task(talk(port, loop)))
    print("asyncio has read", await conversation)


async def talk(port: Port, loop: asyncio.AbstractEventLoop) -> bytes:
    """Talks on asyncio, then waits until Twisted has closed its port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    writer.write(b"hello\n")
    answer = await reader.readline()
    writer.close()
    await port.stopListening().asFuture(loop)
    print("Twisted has closed its port")
    return answer


if __name__ == "__main__":
    loop = asyncio.SelectorEventLoop()
    asyncioreactor.install(loop)  # before task.react, which takes the one installed
    task.react(main, [loop])
