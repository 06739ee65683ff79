"""What a chat costs: CPU time and memory of stage 3's server, beside its peers.

A line of one member is delivered to all members of its channel.
"""

import socket
import sys
from dataclasses import dataclass
from itertools import count

from measure import (
    BENCHMARKS,
    LOOPBACK,
    ROOT,
    Report,
    Server,
    read_exactly,
    read_until,
    run,
    serving,
)
from ngircd_chat import PROGRAM, find_version

STAGE_3 = [str(ROOT / "03_chat" / "chat_server.py"), LOOPBACK]
ON_ASYNCIO = str(ROOT / "docs" / "asyncio" / "on_asyncio.py")
SERVERS = {
    "asyncio": [str(BENCHMARKS / "asyncio_chat.py")],
    "Twisted": STAGE_3,
    "Twisted+asyncio": [ON_ASYNCIO, *STAGE_3],
    "ngircd": [str(BENCHMARKS / "ngircd_chat.py")] if PROGRAM else [],
}
DATA_SEGMENTS_IN = slice(152, 156)  # where Linux counts them, in its struct tcp_info


@dataclass(frozen=True)
class Language:
    """How one talks to a chat server."""

    join: str  # makes of a newcomer a member of {channel} alone
    joined: str  # how the answer to that ends
    say: str
    end: str  # of a line
    to_oneself: bool  # does a speaker read its own lines?


# The thousandth newcomer in #lobby is announced to a thousand members, which takes long
# and is not what is measured. So all leave it at once.
OURS = Language(
    "/leave #lobby\n/join {channel}\n",
    "has joined {channel}\n",
    "/msg {channel} ",
    "\n",
    to_oneself=True,
)
IRC = Language(
    "NICK n{number}\r\nUSER n 0 * :n\r\nJOIN {channel}\r\n",
    "{channel} :End of NAMES list\r\n",
    "PRIVMSG {channel} :",
    "\r\n",
    to_oneself=False,
)


class Crowd:
    """The clients of one server."""

    def __init__(self, server: Server, language: Language) -> None:
        """Begins with nobody."""
        self.server = server
        self.language = language
        self.numbers = count(1)

    def connect(self, channel: str) -> socket.socket:
        """Returns one client more, which is in `channel` and in no other."""
        client = self.server.connect()
        names = {"channel": channel, "number": next(self.numbers)}
        client.sendall(self.language.join.format(**names).encode())
        joined = self.language.joined.format(**names)
        read_until(client, f".*{joined}".encode())
        return client


class Room:
    """A channel and its members, the first of which does the talking."""

    def __init__(self, server: Server, language: Language) -> None:
        """Connects who talks."""
        self.crowd = Crowd(server, language)
        self.command = language.say.format(channel="#room")
        self.end = language.end
        self.numbers = count(1)
        self.talker = self.crowd.connect("#room")
        self.readers = [self.talker] if language.to_oneself else []

    def grow(self, members: int) -> None:
        """Connects as many more as are missing; then all have read all there is."""
        while len(self.readers) < members:
            self.readers.append(self.crowd.connect("#room"))
        self.talker.sendall(f"{self.command}Ready?{self.end}".encode())
        for reader in self.readers:
            heard = read_until(reader, f"(?:.*\n)?([^\n]+)Ready\\?{self.end}".encode())
        self.prefix = heard[1].decode()

    def say(self, lines: int) -> None:
        """Publishes lines at once; all readers read each one once and in order."""
        texts = [
            f"this is line number {next(self.numbers)}{self.end}" for _ in range(lines)
        ]
        said = "".join(self.command + text for text in texts)
        heard = "".join(self.prefix + text for text in texts)
        self.talker.sendall(said.encode())
        # One after the other: no server waits for them, the system keeps so few lines.
        for reader in self.readers:
            read_exactly(reader, heard.encode())

    def segments(self) -> int:
        """Returns in how many segments of TCP all came that the readers have read."""
        option = socket.IPPROTO_TCP, socket.TCP_INFO, DATA_SEGMENTS_IN.stop
        infos = [reader.getsockopt(*option) for reader in self.readers]
        return sum(int.from_bytes(i[DATA_SEGMENTS_IN], sys.byteorder) for i in infos)


@dataclass(frozen=True)
class Cost:
    """The cost of a line that is delivered to one reader."""

    cpu: float  # µs of the server
    segments: float  # of TCP: 1 means that each line was sent by itself


def measure(room: Room, work: int, lines: int) -> Cost:
    """Returns the cost of a line when `lines` are said at once, over `work` of them."""
    server = room.crowd.server
    times = work // (lines * len(room.readers)) + 1
    before, segments_before = server.cpu(), room.segments()
    for _ in range(times):
        room.say(lines)
    used, segments = server.cpu() - before, room.segments() - segments_before
    room.say(1)  # had a line before this one come twice, it would be found here
    delivered = times * lines * len(room.readers)
    return Cost(used / delivered * 1e6, segments / delivered)


def measure_memory(server: Server, language: Language, connections: int) -> float:
    """Returns the KiB per idle connection, in channels of ten."""
    crowd = Crowd(server, language)
    crowd.connect("#first")  # what is done only once is done now
    before = server.memory()
    _clients = [crowd.connect(f"#room{i // 10}") for i in range(connections)]
    return (server.memory() - before) / connections


def main() -> None:
    """Runs the rounds and prints the tables."""
    assert __doc__
    report = Report(__doc__)
    if PROGRAM:
        report.conditions += f", ngircd {find_version(PROGRAM)}"
    work, connections = (3000, 100) if report.quick else (12000, 900)
    for name in report.rounds(5, SERVERS):
        language = IRC if name == "ngircd" else OURS
        with serving(*SERVERS[name]) as server:
            room = Room(server, language)
            for members in (3, 10, 30, 100):
                room.grow(members)
                cost = measure(room, work, 1)
                title = "CPU µs per delivered line, one at a time"
                report.add(title, name, cost.cpu, members=members)
            for lines in (1, 2, 4, 8, 16, 32):
                cost = measure(room, work, lines)
                title = "CPU µs per delivered line, 100 members"
                report.add(title, name, cost.cpu, lines_at_once=lines)
                title = "TCP segments per delivered line, 100 members"
                report.add(title, name, cost.segments, lines_at_once=lines)
        with serving(*SERVERS[name]) as server:
            memory = measure_memory(server, language, connections)
            title = f"KiB per idle connection, {connections} connections"
            report.add(title, name, memory)
    report.finish()


if __name__ == "__main__":
    run(main)
