"""What a chat costs: CPU time and memory of stage 3's server, beside asyncio.

A line of one member is delivered to all members of its channel. The goal for 32 lines
in flight is 0.40 of asyncio's CPU time, and for a connection 4 KiB of memory.
"""

import socket
from itertools import count

from measure import (
    BENCHMARKS,
    LOOPBACK,
    ROOT,
    Server,
    is_quick,
    print_table,
    read_exactly,
    read_until,
    rounds,
    serving,
)

SERVERS = {
    "asyncio": [str(BENCHMARKS / "asyncio_chat.py")],
    "03_chat": [str(ROOT / "03_chat" / "chat_server.py"), LOOPBACK],
}


def connect(server: Server, channels: list[str]) -> list[socket.socket]:
    """Returns one client in each of `channels`, and in no other channel.

    They leave #lobby at once: the thousandth newcomer there is announced to a
    thousand members, which takes long and is not what is measured.
    """
    clients = []
    for channel in channels:
        client = server.connect()
        client.sendall(f"/leave #lobby\n/join {channel}\n".encode())
        clients.append(client)
        read_until(client, f".* has joined {channel}\n".encode())
    return clients


class Room:
    """A channel and its members, the first of which does the talking."""

    def __init__(self, server: Server, members: int) -> None:
        """Connects the members, who then read until nothing is left to read."""
        self.members = connect(server, ["#room"] * members)
        self.talker = self.members[0]
        self.talker.sendall(b"/msg #room Ready?\n")
        for member in self.members:
            heard = read_until(member, rb".*<(.+)> Ready\?\n")
        self.nick = heard[1].decode()
        self.numbers = count(1)

    def say(self, lines: int) -> None:
        """Publishes so many lines at once; all members read each once and in order."""
        texts = [f"this is line number {next(self.numbers)}" for _ in range(lines)]
        said = "".join(f"/msg #room {text}\n" for text in texts)
        heard = "".join(f"#room <{self.nick}> {text}\n" for text in texts)
        self.talker.sendall(said.encode())
        # One after the other: no server waits for them, the system keeps so few lines.
        for member in self.members:
            read_exactly(member, heard.encode())


def measure_cpu(server: Server, room: Room, times: int, lines: int) -> float:
    """Returns the CPU µs per delivered line when so many are said at once."""
    before = server.cpu()
    for _ in range(times):
        room.say(lines)
    used = server.cpu() - before
    room.say(1)  # had a line before this one come twice, it would be found here
    return used / (times * lines * len(room.members)) * 1e6


def measure_memory(server: Server, connections: int) -> float:
    """Returns the KiB per idle connection, in channels of ten."""
    before = server.memory()
    connect(server, [f"#room{number // 10}" for number in range(connections)])
    return (server.memory() - before) / connections


def main() -> None:
    """Runs the rounds and prints the tables."""
    assert __doc__
    if is_quick(__doc__):
        number, members, times, connections = 1, 100, 5, 100
    else:
        number, members, times, connections = 5, 300, 20, 1000
    titles = [
        f"CPU µs per delivered line, {members} members, one line at a time",
        f"CPU µs per delivered line, {members} members, 32 lines in flight",
        f"KiB per idle connection, {connections} connections",
    ]
    samples: dict[str, dict[str, list[float]]]
    samples = {title: {name: [] for name in SERVERS} for title in titles}
    for name in rounds(number, SERVERS):
        with serving(*SERVERS[name]) as server:
            room = Room(server, members)
            samples[titles[0]][name].append(measure_cpu(server, room, times * 4, 1))
            samples[titles[1]][name].append(measure_cpu(server, room, times, 32))
        with serving(*SERVERS[name]) as server:
            samples[titles[2]][name].append(measure_memory(server, connections))
    for title in titles:
        print_table(title, samples[title])


if __name__ == "__main__":
    main()
