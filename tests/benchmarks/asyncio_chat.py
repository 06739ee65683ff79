"""What stage 3 does at each line, on asyncio: an index, one encode, a write a member.

It answers what the benchmark says, and nothing else: no errors, no limits, no nicks.
"""

import asyncio
from collections import defaultdict
from itertools import count

channels: defaultdict[str, set["Member"]] = defaultdict(set)
numbers = count(1)


class Member(asyncio.Protocol):
    """The connection of one client."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Gives the client a nick and takes it to #lobby."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.nick = f"guest{next(numbers)}"
        self.beginning = b""  # of a line whose end has not arrived yet
        self.obey("/join #lobby")

    def data_received(self, data: bytes) -> None:
        """Obeys each line."""
        *lines, self.beginning = (self.beginning + data).split(b"\n")
        for line in lines:
            self.obey(line.decode())

    def obey(self, line: str) -> None:
        """Joins, leaves or publishes, and tells the channel's members."""
        match line.split(" ", maxsplit=2):
            case ["/join", channel]:
                channels[channel].add(self)
                self.publish(channel, f"* {self.nick} has joined {channel}")
            case ["/leave", channel]:
                self.publish(channel, f"* {self.nick} has left {channel}")
                channels[channel].remove(self)
            case ["/msg", channel, text]:
                self.publish(channel, f"{channel} <{self.nick}> {text}")

    def publish(self, channel: str, line: str) -> None:
        """Sends `line` to the members of `channel`."""
        data = f"{line}\n".encode()
        for member in channels[channel]:
            member.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leaves all channels."""
        for members in channels.values():
            members.discard(self)


async def main() -> None:
    """Runs a chat on a free port until the process is told to stop."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Member, "127.0.0.1", 0)
    print(f"asyncio chat on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
