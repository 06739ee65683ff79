"""Chat, step 3: commands, and an answer to a wrong one."""

from itertools import count

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

COMMANDS = "/nick NAME, or anything without a / in front"


class CommandError(Exception):
    pass


class ChatProtocol(LineReceiver):
    delimiter = b"\n"

    def connectionMade(self):
        self.factory.enter(self)

    def lineReceived(self, line):
        try:
            self.factory.obey(self, line.decode())
        except CommandError as error:
            deliver(f"error: {error}", [self])

    def connectionLost(self, reason):
        self.factory.exit(self)


class ChatFactory(Factory):
    protocol = ChatProtocol

    def __init__(self):
        self.clients = {}
        self.guest_nicks = (f"guest{number}" for number in count(1))

    def enter(self, client):
        client.nick = next(n for n in self.guest_nicks if n not in self.clients)
        self.clients[client.nick] = client
        deliver(f"* You are {client.nick}", [client])
        deliver(f"* Say {COMMANDS}", [client])
        deliver(f"* {client.nick} has joined", self.clients.values())

    def exit(self, client):
        del self.clients[client.nick]
        deliver(f"* {client.nick} has left", self.clients.values())

    def obey(self, client, line):
        match line.split(" ", maxsplit=1):
            case ["/nick", nick]:
                self.rename(client, nick)
            case [word, *_] if word.startswith("/"):
                raise CommandError(f"say {COMMANDS}")
            case _:
                self.publish(client, line)

    def rename(self, client, nick):
        if nick in self.clients:
            raise CommandError(f"{nick} is taken, choose another nick")
        del self.clients[client.nick]
        self.clients[nick] = client
        line = f"* {client.nick} is now known as {nick}"
        client.nick = nick
        deliver(line, self.clients.values())

    def publish(self, client, text):
        deliver(f"<{client.nick}> {text}", self.clients.values())


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
