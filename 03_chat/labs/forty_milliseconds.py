"""Measures how long a line is on its way from one client to another.

Alice says two things, then Bob one; measured is the time from Bob's sending to Alice's
reading, twenty times.
"""

from statistics import median

from chat_lab import Row, Server, print_table, run
from chat_member import Member
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IReactorCore, IReactorTime

TIMES = 20


async def measure(clock: IReactorTime, server: Server) -> dict[str, Row]:
    """Returns how long Bob's lines took."""
    endpoint = await server.listening()
    server.progress(f"Alice and Bob talk, {TIMES} times")
    alice = await connectProtocol(endpoint, Member())
    bob = await connectProtocol(endpoint, Member())
    bob.say("hello")
    await alice.hear("hello")
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


async def main(reactor: IReactorCore) -> None:
    """Measures both servers, one after the other."""
    clock = IReactorTime(reactor)
    servers = [Server(reactor, "naive_chat.py"), Server(reactor, "../chat_server.py")]
    print_table(*[await measure(clock, server) for server in servers])


if __name__ == "__main__":
    run(main)
