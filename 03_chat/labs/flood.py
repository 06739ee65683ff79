"""Measures how long a line waits while another client pastes thousands of lines."""

from chat_lab import Row, Server, compare
from chat_member import Member
from twisted.internet.defer import gatherResults
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IReactorTime

MEMBERS = 200
PASTED = 4_000  # lines, nearly as many as the server reads at once


async def measure(server: Server) -> dict[str, Row]:
    """Returns how long a line takes beside a flood, and who was dropped for it."""
    endpoint = await server.listening()
    server.progress(f"{MEMBERS} members read, one pastes {PASTED} lines, one speaks")
    members = [await connectProtocol(endpoint, Member()) for _ in range(MEMBERS)]
    await gatherResults([member.entered for member in members])
    flooder, speaker = members[:2]
    flooder.transport.write(b"/msg #lobby x\n" * PASTED)
    await flooder.hear("x")  # the flood has begun
    clock = IReactorTime(server.reactor)
    start = clock.seconds()
    speaker.say("may I say something?")
    await members[-1].hear("may I say something?")
    took = clock.seconds() - start
    return {
        "ms until a line is read": took * 1000,
        f"members dropped, of {MEMBERS}": sum(not m.connected for m in members),
    }


if __name__ == "__main__":
    compare(measure, "../steps/chat6.py", "../steps/chat7.py")
