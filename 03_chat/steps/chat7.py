"""Chat, step 7: turns, so that nobody waits for a flood."""

import re
from collections import defaultdict
from itertools import count

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

COMMANDS = "/nick NAME, /join or /leave #CHANNEL, /msg #CHANNEL TEXT"
NAME = "[A-Za-z0-9_-]{1,16}"
NAME_RULE = "1 to 16 of the letters A to Z, digits, _ and -"
LINES_A_TURN = 16
PAUSE = 0.1
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class CommandError(Exception):
    pass


@implementer(IPushProducer)
class Outbox:
    LIMIT = 256 * 1024

    def __init__(self, transport):
        self.transport = transport
        self.paused = False
        self.kept = []
        self.waiting = 0
        transport.registerProducer(self, streaming=True)

    def write(self, data):
        if not self.paused:
            self.transport.write(data)
            return
        self.kept.append(data)
        self.waiting += len(data)
        if self.waiting > self.LIMIT:
            self.transport.abortConnection()

    def pauseProducing(self):
        self.paused = True

    def resumeProducing(self):
        self.paused = False
        kept, self.kept, self.waiting = self.kept, [], 0
        for data in kept:
            self.write(data)

    def stopProducing(self):
        pass


class ChatProtocol(LineReceiver):
    delimiter = b"\n"
    lines = 0

    def connectionMade(self):
        self.outbox = Outbox(self.transport)
        self.factory.enter(self)

    def send(self, data):
        self.outbox.write(data)
        if self.outbox.paused:
            self.factory.behind = True

    def lineReceived(self, line):
        if self.lines == 0:
            self.turn_began = self.factory.reactor.seconds()
        try:
            self.factory.obey(self, decode(line))
        except CommandError as error:
            deliver(f"error: {error}", [self])
        self.lines += 1
        if self.lines == LINES_A_TURN:
            self.end_turn()

    def end_turn(self):
        self.pauseProducing()
        took = self.factory.reactor.seconds() - self.turn_began
        delay = self.factory.next_slot() if took < 1 else 0
        self.lines = 0
        self.factory.reactor.callLater(delay, self.resumeProducing)

    def connectionLost(self, reason):
        self.clearLineBuffer()
        self.factory.exit(self)


class ChatFactory(Factory):
    protocol = ChatProtocol

    def __init__(self, reactor):
        self.reactor = reactor
        self.behind = False
        self.last_slot = 0
        self.clients = {}
        self.channels = defaultdict(set)
        self.guest_nicks = (f"guest{number}" for number in count(1))

    def enter(self, client):
        client.nick = next(n for n in self.guest_nicks if n not in self.clients)
        self.clients[client.nick] = client
        client.channels = set()
        deliver(f"* You are {client.nick}", [client])
        deliver(f"* Say {COMMANDS}", [client])
        self.join(client, "#lobby")

    def exit(self, client):
        del self.clients[client.nick]
        for channel in sorted(client.channels):
            self.leave(client, channel)

    def obey(self, client, line):
        match line.split(" ", maxsplit=2):
            case ["/nick", nick]:
                self.rename(client, nick)
            case ["/join", channel]:
                self.join(client, channel)
            case ["/leave", channel]:
                self.leave(client, channel)
            case ["/msg", channel, text]:
                self.publish(client, channel, text)
            case _:
                raise CommandError(f"say {COMMANDS}")

    def rename(self, client, nick):
        if not re.fullmatch(NAME, nick):
            raise CommandError(f"a nick is {NAME_RULE}")
        if nick in self.clients:
            raise CommandError(f"{nick} is taken, choose another nick")
        del self.clients[client.nick]
        self.clients[nick] = client
        line = f"* {client.nick} is now known as {nick}"
        client.nick = nick
        deliver(line, self.companions(client))

    def next_slot(self):
        if not self.behind:
            return 0
        self.behind = False
        now = self.reactor.seconds()
        self.last_slot = max(self.last_slot, now) + PAUSE
        return self.last_slot - now

    def companions(self, client):
        members = (self.channels[channel] for channel in client.channels)
        return {client}.union(*members)

    def join(self, client, channel):
        if not re.fullmatch(f"#{NAME}", channel):
            raise CommandError(f"a channel is # and {NAME_RULE}")
        self.channels[channel].add(client)
        client.channels.add(channel)
        deliver(f"* {client.nick} has joined {channel}", self.channels[channel])

    def leave(self, client, channel):
        members = self.members_with(client, channel)
        deliver(f"* {client.nick} has left {channel}", members)
        members.remove(client)
        client.channels.remove(channel)

    def publish(self, client, channel, text):
        members = self.members_with(client, channel)
        deliver(f"{channel} <{client.nick}> {text}", members)

    def members_with(self, client, channel):
        if channel not in client.channels:
            raise CommandError(f"you are not in {channel}")
        return self.channels[channel]


def decode(line):
    try:
        text = line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise CommandError("a line is text in UTF-8") from None
    if UNSAFE.search(text):
        raise CommandError("a line has no control characters")
    return text


def deliver(line, clients):
    data = f"{line}\n".encode()
    for client in clients:
        client.send(data)


async def main(reactor):
    endpoint = serverFromString(reactor, "tcp:1234:interface=127.0.0.1")
    await endpoint.listen(ChatFactory(reactor))
    print("Listening on 127.0.0.1:1234")
    await Deferred()


if __name__ == "__main__":
    task.react(main)
