"""Counts what a restart costs: lines that never arrive, and clients turned away."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "03_chat" / "labs"))  # chat_lab

from chat_lab import Row, print_table, run
from chat_member import Member
from restarted_server import Place
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import connectProtocol
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import (
    IPushProducer,
    IReactorCore,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

TEXT = "x" * 480
BATCH = 20  # lines that are said at once
CROWD = 10  # slow clients


class Talker(Member):
    """A client that talks, and notices when a client has been dropped."""

    said = 0
    somebody_left = False

    def lineReceived(self, line: bytes) -> None:
        """Takes a line."""
        self.somebody_left = self.somebody_left or line.endswith(b"has left #lobby")
        super().lineReceived(line)

    async def say_batch(self) -> None:
        """Says some lines, and waits until it has heard them itself."""
        for _ in range(BATCH):
            self.say(TEXT)
        self.said += BATCH
        self.say("that was it")
        await self.hear("that was it")


class Slow(Protocol):
    """A client that reads nothing until it is told to."""

    transport: ITransport

    def __init__(self) -> None:
        """`ended` fires when the connection is over, and says if it was dropped."""
        self.received = bytearray()
        self.ended: Deferred[bool] = Deferred()

    def connectionMade(self) -> None:
        """Stops reading."""
        IPushProducer(self.transport).pauseProducing()

    def read(self) -> None:
        """Begins to read."""
        IPushProducer(self.transport).resumeProducing()

    def dataReceived(self, data: bytes) -> None:
        """Keeps what comes."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Reports how it went: a dropped client isn't told that this is the end."""
        self.ended.callback(not reason.check(ConnectionDone))


class Visitor(Protocol):
    """A client that has nothing to say."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`served` fires when the connection is over, and says if it was greeted."""
        self.greeted = False
        self.served: Deferred[bool] = Deferred()

    def connectionMade(self) -> None:
        """Half-closes; the server greets it, and hangs up."""
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        """Takes the greeting."""
        self.greeted = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Reports whether it was greeted."""
        self.served.callback(self.greeted)


async def lost_lines(place: Place) -> int:
    """Returns how many lines slow clients do not get, because the server stops."""
    server = await place.serve()
    place.progress(f"stops while {CROWD} slow clients have much to read")
    talker = await connectProtocol(place.endpoint, Talker())
    await talker.entered
    owed: dict[Slow, int] = {}
    for _ in range(CROWD):
        heard = Deferred.fromCoroutine(talker.hear("has joined #lobby"))
        slow = await connectProtocol(place.endpoint, Slow())
        await heard
        owed[slow] = talker.said
        await talker.say_batch()
    # Nobody knows how much fits into the system's buffers. But when the first client
    # is dropped, much still waits in the server for the clients that came later.
    while not talker.somebody_left:
        await talker.say_batch()
    server.signal("TERM")
    lost = 0
    for slow, before in owed.items():
        slow.read()
        dropped = await slow.ended
        if not dropped:
            lost += talker.said - before - slow.received.count(TEXT.encode())
    await server.ended
    return lost


async def turned_away(place: Place) -> int:
    """Returns how many clients are not served, because the server restarts."""
    server = await place.serve()
    place.progress("restarts while clients come, one every 10 milliseconds")
    visits: list[Deferred[bool]] = []

    def come() -> None:
        visits.append(Deferred.fromCoroutine(visit(place)))

    coming = LoopingCall(come)
    coming.start(0.01)
    server.signal("TERM")
    await server.ended
    await place.serve()
    coming.stop()
    return (await gatherResults(visits)).count(False)


async def visit(place: Place) -> bool:
    """Returns whether a client is greeted."""
    try:
        visitor = await connectProtocol(place.endpoint, Visitor())
    except ConnectError:
        return False
    greeted: bool = await visitor.served
    return greeted


async def measure(place: Place) -> dict[str, Row]:
    """Returns what it costs to stop a server, and to start it again."""
    return {
        "lines that slow clients lost": await lost_lines(place),
        "clients turned away": await turned_away(place),
    }


async def main(reactor: IReactorCore) -> None:
    """Measures both servers, one after the other."""
    before = Place(reactor, "03_chat/chat_server.py", held=False)
    after = Place(reactor, "docs/run_it/draining_chat.py", held=True)
    print_table({"before": await measure(before), "after": await measure(after)})


if __name__ == "__main__":
    run(main)
