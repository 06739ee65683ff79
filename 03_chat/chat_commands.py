"""What a line means: the second idea of the chat, still without a network.

Lines are text here. A client is anything that has a nick and can be sent bytes.
"""

import re
import typing
from collections.abc import Iterable
from itertools import count

from channels import Channels

COMMANDS = "/nick NAME, /join or /leave #CHANNEL, /msg NAME or #CHANNEL TEXT"

# ASCII alone: other alphabets have letters that look the same, and with a Cyrillic
# one in it, a second "anna" could speak for the first.
NAME = "[A-Za-z0-9_-]{1,16}"

NAME_RULE = "1 to 16 of the letters A to Z, digits, _ and -"

MOST_CHANNELS = 20  # for one client: its goodbye is told in all of them

# What would act on a reader's terminal instead of being shown: control characters
# (ESC begins a terminal's commands), other line ends, and the marks that reorder a
# line (U+202A to U+202E, U+2066 to U+2069). All other characters pass: every script,
# its direction marks, no-break spaces, and the joiners that emoji are made with.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Client(typing.Protocol):  # not Twisted's: any class that has these will do
    """Someone in the chat."""

    nick: str

    def send(self, data: bytes) -> None:
        """Sends a line, its end included."""


class CommandError(Exception):
    """A line that cannot be obeyed; its text tells the client what would be right.

    It never repeats a part of the line that has not been checked.
    """


def decode(line: bytes) -> str:
    """Returns the text of a client's line; raises CommandError if it is not safe."""
    try:
        text = line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise CommandError("a line is text in UTF-8") from None
    if UNSAFE.search(text):
        raise CommandError("a line has no control characters")
    return text


def fold_nick(nick: str) -> str:
    """Returns the index key of `nick`; raises CommandError if it breaks the rule."""
    if not re.fullmatch(NAME, nick):
        raise CommandError(f"a nick is {NAME_RULE}")
    return nick.casefold()


def fold_channel(channel: str) -> str:
    """Returns `channel` in small letters; raises CommandError as `fold_nick` does."""
    if not re.fullmatch(f"#{NAME}", channel):
        raise CommandError(f"a channel is # and {NAME_RULE}")
    return channel.casefold()


class Chat:
    """What all clients share, and what their commands do to it."""

    def __init__(self) -> None:
        """Starts with nobody."""
        self.channels: Channels[Client] = Channels()
        self.clients: dict[str, Client] = {}  # by folded nick
        self.guest_nicks = (f"guest{number}" for number in count(1))

    def enter(self, client: Client) -> None:
        """Greets a new client, under a nick of its own, and takes it to #lobby."""
        client.nick = next(n for n in self.guest_nicks if n not in self.clients)
        self.clients[client.nick] = client
        deliver(f"* You are {client.nick}", [client])
        deliver(f"* Say {COMMANDS}", [client])
        self.join(client, "#lobby")

    def exit(self, client: Client) -> None:
        """Forgets a client and tells its channels; a second call does nothing."""
        nick = fold_nick(client.nick)
        if self.clients.get(nick) is client:  # not a client that took the nick since
            del self.clients[nick]
        for channel in self.channels.leave_all(client):
            members = self.channels.members(channel)
            deliver(f"* {client.nick} has left {channel}", members)

    def obey(self, client: Client, line: str) -> None:
        """Does what `line` says; raises CommandError if that is not possible."""
        match re.split(" +", line.strip(" "), maxsplit=2):
            case ["/nick", nick]:
                self.rename(client, nick)
            case ["/join", channel]:
                self.join(client, fold_channel(channel))
            case ["/leave", channel]:
                self.leave(client, fold_channel(channel))
            case ["/msg", channel, text] if channel.startswith("#"):
                self.publish(client, fold_channel(channel), text)
            case ["/msg", nick, text]:
                self.send(client, nick, text)
            case _:
                raise CommandError(f"say {COMMANDS}")

    def rename(self, client: Client, nick: str) -> None:
        """Gives `client` another nick, or other capitals to the one that it has."""
        key = fold_nick(nick)
        if self.clients.get(key, client) is not client:
            raise CommandError(f"{nick} is taken, choose another nick")
        del self.clients[fold_nick(client.nick)]
        self.clients[key] = client
        line = f"* {client.nick} is now known as {nick}"
        client.nick = nick
        deliver(line, self.channels.companions(client))

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client` to `channel`, and tells the members."""
        if client in self.channels.members(channel):
            raise CommandError(f"you are in {channel} already")
        if self.channels.count(client) == MOST_CHANNELS:
            raise CommandError(f"you are in {MOST_CHANNELS} channels, /leave one first")
        self.channels.join(client, channel)
        deliver(f"* {client.nick} has joined {channel}", self.channels.members(channel))

    def leave(self, client: Client, channel: str) -> None:
        """Unsubscribes `client` from `channel`, and tells the members, it included."""
        members = self.members_with(client, channel)
        self.channels.leave(client, channel)
        deliver(f"* {client.nick} has left {channel}", members)

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`, `client` among them."""
        members = self.members_with(client, channel)
        deliver(f"{channel} <{client.nick}> {text}", members)

    def send(self, client: Client, nick: str, text: str) -> None:
        """Sends `text` to the client called `nick`, and shows the sender the same."""
        reader = self.clients.get(fold_nick(nick))
        if reader is None:
            raise CommandError(f"nobody here is called {nick}")
        deliver(f"<{client.nick}> {text}", {client, reader})

    def members_with(self, client: Client, channel: str) -> frozenset[Client]:
        """Returns who is in `channel`; raises CommandError if `client` is not."""
        members = self.channels.members(channel)
        if client not in members:
            raise CommandError(
                f"you are not in {channel}, /join {channel} takes you there"
            )
        return members


def deliver(line: str, clients: Iterable[Client]) -> None:
    """Sends `line` to each of `clients`: encoded once, written once for each."""
    data = f"{line}\n".encode()
    for client in clients:
        client.send(data)
