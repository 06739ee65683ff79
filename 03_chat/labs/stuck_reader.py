"""Measures how much memory a client costs if it never reads what others say."""

from chat_lab import Row, Server, compare
from chat_member import Member
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.internet.protocol import Protocol

BATCHES = 400
BATCH = 100  # lines that are said at once
TEXT = "x" * 480


class Stuck(Protocol):
    """A client that enters the chat, and reads nothing."""

    transport: ITransport

    def connectionMade(self) -> None:
        """Stops reading for good."""
        IPushProducer(self.transport).pauseProducing()


async def measure(server: Server) -> dict[str, Row]:
    """Returns how much memory the stuck client costs the server."""
    endpoint = await server.listening()
    server.progress(f"a client says {BATCHES * BATCH} lines, and another never reads")
    await connectProtocol(endpoint, Stuck())
    talker = await connectProtocol(endpoint, Member())
    await talker.entered
    before = server.memory()
    for number in range(BATCHES):
        for _ in range(BATCH - 1):
            talker.say(TEXT)
        talker.say(f"end of {number}")
        await talker.hear(f"end of {number}")
    return {"MiB that its memory grew": server.memory() - before}


if __name__ == "__main__":
    compare(measure, "../steps/chat5.py", "../steps/chat6.py")
