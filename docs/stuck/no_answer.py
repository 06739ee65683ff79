"""Connects to a machine that does not answer."""

import socket

from twisted.internet import task
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Protocol

# Nobody accepts, and the queue has room for one: Linux ignores the next client.
deaf = socket.create_server(("127.0.0.1", 0), backlog=0)
in_the_queue = socket.create_connection(deaf.getsockname())


async def main(reactor: IReactorCore) -> None:
    where = f"tcp:127.0.0.1:{deaf.getsockname()[1]}:timeout=1"
    await connectProtocol(clientFromString(reactor, where), Protocol())
    print("connected")


task.react(main)
