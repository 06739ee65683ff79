"""Who is subscribed to what, when other servers have members in the same rooms."""

import typing
from collections.abc import Callable
from secrets import token_hex

from channels import Channels
from chat_commands import Client, CommandError, decode, deliver
from twisted.logger import Logger

log = Logger()


class Link(typing.Protocol):
    """The way to the other servers, which hands on what they publish."""

    received: Callable[[str, bytes], None]

    def subscribe(self, room: str) -> None:
        """Asks for all that is published in `room` from now on."""

    def unsubscribe(self, room: str) -> None:
        """Asks for no more of it."""

    def publish(self, room: str, message: bytes) -> None:
        """Sends `message` to all who have subscribed to `room`, this server too."""


class SharedChannels(Channels[Client]):
    """The members who are on this server, and one who stands for all other servers."""

    LIMIT = 1024  # characters in a line from elsewhere; such servers send fewer

    def __init__(self, name: str, link: Link) -> None:
        """Takes this server's name, as the people on others will read it."""
        super().__init__()
        self.name = name
        self.link = link
        self.origin = token_hex(4)  # by which it knows what it has published itself
        link.received = self.received

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
        """Returns who is in `channel` here, and the one for all other servers."""
        return self.here(channel) | {Elsewhere(self, [channel])}

    def companions(self, member: Client) -> set[Client]:
        """Returns who shares a channel with `member` here, and the one for others."""
        rooms = sorted(self._channels.get(member, ()))
        return super().companions(member) | {Elsewhere(self, rooms)}

    def publish(self, rooms: list[str], line: str) -> None:
        """Sends `line`, with this server's name, to the members on other servers.

        A nick is unique on one server; on another somebody else may have it.
        """
        message = f"{self.origin} {','.join(rooms)} {self.name}: {line}".encode()
        for room in rooms:
            self.link.publish(room, message)

    def received(self, room: str, message: bytes) -> None:
        """Delivers what has been published in `room`, unless it comes from here."""
        try:
            # Others can write to a Redis, too: this is an edge like a client's.
            origin, rooms, line = decode(message).split(" ", maxsplit=2)
        except (CommandError, ValueError):
            start = message[:80]  # all of it could be very long
            log.warn("no line of a chat in {room}: {start}", room=room, start=start)
            return
        ours = [name for name in rooms.split(",") if self.here(name)]
        # A line for several rooms comes once for each. The first of them does for all.
        if origin != self.origin and ours[:1] == [room]:
            deliver(line[: self.LIMIT], set().union(*map(self.here, ours)))


class Elsewhere:
    """All other servers: to the chat, one more member, who repeats what it reads."""

    nick = "elsewhere"
    behind = False

    def __init__(self, channels: SharedChannels, rooms: list[str]) -> None:
        """Becomes a member of `rooms`, for as long as it takes to deliver a line."""
        self.channels = channels
        self.rooms = rooms

    def send(self, data: bytes) -> None:
        """Passes a line on."""
        self.channels.publish(self.rooms, data.decode().removesuffix("\n"))
