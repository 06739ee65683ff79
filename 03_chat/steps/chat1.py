"""Chat, step 1: everybody hears everybody."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class ChatProtocol(LineReceiver):
    delimiter = b"\n"

    def connectionMade(self):
        self.factory.clients.add(self)

    def lineReceived(self, line):
        for client in self.factory.clients:
            client.sendLine(line)


class ChatFactory(Factory):
    protocol = ChatProtocol

    def __init__(self):
        self.clients = set()


async def main(reactor):
    endpoint = serverFromString(reactor, "tcp:1234:interface=127.0.0.1")
    await endpoint.listen(ChatFactory())
    print("Listening on 127.0.0.1:1234")
    await Deferred()


if __name__ == "__main__":
    task.react(main)
