"""Chat, step 2: names, and goodbyes."""

from itertools import count

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class ChatProtocol(LineReceiver):
    delimiter = b"\n"

    def connectionMade(self):
        self.factory.enter(self)

    def lineReceived(self, line):
        self.factory.publish(self, line.decode())

    def connectionLost(self, reason):
        self.factory.exit(self)


class ChatFactory(Factory):
    protocol = ChatProtocol

    def __init__(self):
        self.clients = set()
        self.guest_nicks = (f"guest{number}" for number in count(1))

    def enter(self, client):
        client.nick = next(self.guest_nicks)
        self.clients.add(client)
        deliver(f"* You are {client.nick}", [client])
        deliver(f"* {client.nick} has joined", self.clients)

    def exit(self, client):
        self.clients.remove(client)
        deliver(f"* {client.nick} has left", self.clients)

    def publish(self, client, text):
        deliver(f"<{client.nick}> {text}", self.clients)


def deliver(line, clients):
    data = f"{line}\n".encode()
    for client in clients:
        client.transport.write(data)


async def main(reactor):
    endpoint = serverFromString(reactor, "tcp:1234:interface=127.0.0.1")
    await endpoint.listen(ChatFactory())
    print("Listening on 127.0.0.1:1234")
    await Deferred()


if __name__ == "__main__":
    task.react(main)
