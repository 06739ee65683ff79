"""Who is subscribed to what, when other servers have members in the same rooms."""

import typing
from collections.abc import Callable
from secrets import token_hex

from channels import Channels
from chat_commands import Client, CommandError, decode, deliver
from chat_server import ChatFactory
from twisted.logger import Logger

log = Logger()

SEVERAL = "#"  # where lines for several rooms are published; no room has this name


class Link(typing.Protocol):
    """The way to the other servers: what they publish, it gives to `received`."""

    received: Callable[[bytes], None]

    def subscribe(self, room: str) -> None:
        """Asks for all that is published in `room` from now on."""

    def unsubscribe(self, room: str) -> None:
        """Asks for no more of it."""

    def publish(self, room: str, message: bytes) -> None:
        """Sends `message` to all who have subscribed to `room`, this server too."""


class SharedChannels(Channels[Client]):
    """The members who are on this server, and one who stands for all other servers."""

    LIMIT = 1024  # bytes of a message from elsewhere; servers like this one send fewer
    LINES_A_SECOND = 200  # to elsewhere; above it, clients that talk fast must wait

    def __init__(self, name: str, link: Link, factory: ChatFactory) -> None:
        """Takes this server's name, which people on other servers will read."""
        super().__init__()
        self.name = name
        self.link = link
        self.factory = factory
        self.second = 0.0  # when it began to count
        self.said = 0  # since then
        self.origin = token_hex(4)  # marks the messages that this server has published
        link.received = self.received
        link.subscribe(SEVERAL)

    def join(self, member: Client, channel: str) -> None:
        """Subscribes `member`; the first one here subscribes this server as well."""
        if not self.here(channel):
            self.link.subscribe(channel)
        super().join(member, channel)

    def leave(self, member: Client, channel: str) -> None:
        """Unsubscribes `member`; the last one here unsubscribes this server as well."""
        super().leave(member, channel)
        if not self.here(channel):
            self.link.unsubscribe(channel)

    def here(self, channel: str) -> frozenset[Client]:
        """Returns who is in `channel` on this server."""
        return super().members(channel)

    def members(self, channel: str) -> frozenset[Client]:
        """Returns who is in `channel` here, and one member for all other servers."""
        return self.here(channel) | {Elsewhere(self, [channel])}

    def companions(self, member: Client) -> set[Client]:
        """Returns who shares a channel with `member` here, and one for elsewhere."""
        rooms = sorted(self._channels.get(member, ()))
        return super().companions(member) | {Elsewhere(self, rooms)}

    def publish(self, rooms: list[str], line: str) -> None:
        """Sends `line`, with this server's name, to the members on other servers.

        A nick is unique on one server; on another somebody else may have it.
        """
        message = f"{self.origin} {','.join(rooms)} {self.name}: {line}".encode()
        if rooms:
            self.link.publish(rooms[0] if len(rooms) == 1 else SEVERAL, message)
        # This server can't see whether members elsewhere are behind. So they count as
        # behind once much is said, and clients that talk fast are slowed down.
        now = self.factory.clock.seconds()
        if now - self.second >= 1:
            self.second, self.said = now, 0
        self.said += 1
        if self.said > self.LINES_A_SECOND:
            self.factory.behind = True

    def received(self, message: bytes) -> None:
        """Delivers a published message, unless it comes from this server."""
        try:
            # Others can write to Redis, too, so check this like a client's line.
            text = decode(message[: self.LIMIT])
            origin, rooms, line = text.split(" ", maxsplit=2)
        except (CommandError, ValueError):
            start = message[:80]  # all of it could be very long
            log.warn("Redis sent what is no line of a chat: {start}", start=start)
            return
        if origin != self.origin:
            deliver(line, set().union(*map(self.here, rooms.split(","))))


class Elsewhere:
    """Stands for all other servers: a member that repeats to them what it reads."""

    nick = "elsewhere"

    def __init__(self, channels: SharedChannels, rooms: list[str]) -> None:
        """Becomes a member of `rooms`, for as long as it takes to deliver a line."""
        self.channels = channels
        self.rooms = rooms

    def send(self, data: bytes) -> None:
        """Passes a line on."""
        self.channels.publish(self.rooms, data.decode().removesuffix("\n"))
