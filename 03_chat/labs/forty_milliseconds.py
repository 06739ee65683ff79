"""Measures how long a line is on its way from one client to another.

Alice says two things, then Bob says one. The lab measures the time from Bob's sending
to Alice's reading, twenty times.
"""

from statistics import median

from chat_lab import Row, Server, compare
from chat_member import Member
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IReactorTime

TIMES = 20


async def measure(server: Server) -> dict[str, Row]:
    """Returns how long Bob's lines took."""
    clock = IReactorTime(server.reactor)
    endpoint = await server.listening()
    server.progress(f"Alice and Bob talk, {TIMES} times")
    alice = await connectProtocol(endpoint, Member())
    bob = await connectProtocol(endpoint, Member())
    for member in (alice, bob):
        await member.entered
    delays = []
    for _ in range(TIMES):
        for word in ("one", "two"):
            alice.say(word)
            await alice.hear(word)
        start = clock.seconds()
        bob.say("three")
        await alice.hear("three")
        delays.append((clock.seconds() - start) * 1000)
    return {"shortest, ms": min(delays), "median, ms": median(delays)}


if __name__ == "__main__":
    compare(measure, "../steps/chat7.py", "../chat_server.py")
