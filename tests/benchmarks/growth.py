"""How the cost of a chat grows with clients and with channels: counted, not timed.

Counted are writes, and lines of this course's Python that run. Both are the same on a
slow machine and on a fast one.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from measure import ROOT, Report, run

if TYPE_CHECKING:
    from _typeshed import TraceFunction

sys.path.insert(0, str(ROOT / "03_chat"))
from channels import Channels
from chat_commands import Chat, Client


class Member:
    """Somebody in the chat: counts what is written to them."""

    def __init__(self, nick: str) -> None:
        """Has not been written to yet."""
        self.nick = nick
        self.writes = 0

    def send(self, data: bytes) -> None:
        """Counts a write."""
        self.writes += 1


class WritingToAll(Channels[Client]):
    """What the article of 2016 did: all of the server's clients read everything."""

    def members(self, channel: str) -> frozenset[Client]:
        """Returns all clients, whatever the channel."""
        return frozenset(self._channels)


class AskingEach(Channels[Client]):
    """What comes to mind next: each of the server's clients is asked."""

    def members(self, channel: str) -> frozenset[Client]:
        """Returns the clients that are in `channel`."""
        return frozenset(
            member for member in self._channels if channel in self._channels[member]
        )


KINDS = {
    "write to all": WritingToAll,
    "ask each": AskingEach,
    "index": Channels[Client],
}


def gather(
    kind: type[Channels[Client]], clients: int, channels: int
) -> tuple[Chat, list[Member]]:
    """Returns a chat and its clients: ten in `channels`, the others elsewhere."""
    chat = Chat()
    chat.channels = kind()
    everyone = [Member(f"guest{number}") for number in range(clients)]
    for number, member in enumerate(everyone):
        chat.clients[member.nick] = member
        rooms = (
            [f"#room{i}" for i in range(channels)] if number < 10 else ["#elsewhere"]
        )
        for room in rooms:
            chat.channels.join(member, room)
    return chat, everyone


def count_lines(function: Callable[..., object], *arguments: object) -> int:
    """Returns how many lines of this course run in a call."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        nonlocal lines
        lines += event == "line"
        return trace if frame.f_code.co_filename.startswith(str(ROOT)) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return lines


def main() -> None:
    """Counts, and prints the tables."""
    assert __doc__
    report = Report(__doc__)
    for name, kind in KINDS.items():
        for clients in (10, 100, 1000, 10_000):
            chat, everyone = gather(kind, clients, channels=1)
            lines = count_lines(chat.obey, everyone[0], "/msg #room0 hello")
            writes = sum(member.writes for member in everyone)
            report.add("Writes for a message to 10", name, writes, clients=clients)
            title = "Lines of Python for a message to 10"
            report.add(title, name, lines, clients=clients)
    for channels in (1, 10, 100, 1000):
        chat, [first, *_] = gather(Channels[Client], 10, channels)
        title = "Lines of Python, 10 clients in the same channels"
        lines = count_lines(chat.obey, first, "/msg #room0 hello")
        report.add(title, "a message", lines, channels=channels)
        lines = count_lines(chat.obey, first, "/nick alice")
        report.add(title, "a new nick", lines, channels=channels)
        lines = count_lines(chat.exit, first)
        report.add(title, "going away", lines, channels=channels)
    report.finish()


if __name__ == "__main__":
    run(main)
