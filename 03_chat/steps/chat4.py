"""Chat, step 4: only safe text reaches another terminal."""

import re
from itertools import count

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

COMMANDS = "/nick NAME, or anything without a / in front"
NAME = "[A-Za-z0-9_-]{1,16}"
NAME_RULE = "1 to 16 of the letters A to Z, digits, _ and -"
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class CommandError(Exception):
    pass


def decode(line):
    try:
        text = line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise CommandError("a line is text in UTF-8") from None
    if UNSAFE.search(text):
        raise CommandError("a line has no control characters")
    return text


class ChatProtocol(LineReceiver):
    delimiter = b"\n"

    def connectionMade(self):
        self.factory.enter(self)

    def lineReceived(self, line):
        try:
            self.factory.obey(self, decode(line))
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
        if not re.fullmatch(NAME, nick):
            raise CommandError(f"a nick is {NAME_RULE}")
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
