"""Counts what a restart costs: lines that are on their way, and clients who come."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "03_chat" / "labs"))

from chat_lab import Row, print_table, run
from chat_member import Member
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError, ConnectionDone, ProcessExitedAlready
from twisted.internet.interfaces import (
    IProcessTransport,
    IPushProducer,
    IReactorCore,
    IReactorProcess,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import ProcessProtocol, Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

ROOT = Path(__file__).parents[2]
TEXT = "x" * 480
BATCH = 20  # lines that are said at once
CROWD = 10  # slow clients

# What systemd tells a server to whom it hands a socket, as descriptor 3. And Ctrl-C,
# which reaches all that runs in the terminal, is for the lab: it ends its servers.
AS_SYSTEMD = """
trap '' INT
LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=chat exec "$@"
"""


class Server(ProcessProtocol):
    """A server in a process of its own, which ends with the lab."""

    transport: IProcessTransport

    def __init__(self, reactor: IReactorCore) -> None:
        """`listening` fires when it listens, and `ended` when it has ended."""
        self.listening: Deferred[None] = Deferred()
        self.ended: Deferred[None] = Deferred()
        reactor.addSystemEventTrigger("before", "shutdown", self.signal, "KILL")

    def signal(self, name: str) -> None:
        """Sends it a signal, if it still runs."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess(name)

    def outReceived(self, data: bytes) -> None:
        """Takes the announcement, which may come in two pieces."""
        if not self.listening.called:
            self.listening.callback(None)

    def processEnded(self, reason: Failure) -> None:
        """Tells who waits for the end, or still for the beginning."""
        if not self.listening.called:
            why = "A server did not start; it should have said why, above."
            self.listening.errback(SystemExit(why))
        self.ended.callback(None)


class Place:
    """A port where one server after another listens."""

    def __init__(self, reactor: IReactorCore, script: str, *, held: bool) -> None:
        """Finds a port, and keeps it open if it is to be `held` for the servers."""
        self.reactor = reactor
        self.script = script
        self.socket = socket.create_server(("127.0.0.1", 0))
        port = self.socket.getsockname()[1]
        self.endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        self.where = "systemd:domain=INET:name=chat"
        self.descriptors: dict[int, int | str] = {
            0: "w",
            1: "r",
            2: 2,
            3: self.socket.fileno(),
        }
        if not held:
            self.socket.close()
            self.where = f"tcp:{port}:interface=127.0.0.1"
            del self.descriptors[3]

    async def serve(self) -> Server:
        """Starts a server, and returns it once it listens."""
        python = [sys.executable, str(ROOT / self.script), self.where]
        server = Server(self.reactor)
        IReactorProcess(self.reactor).spawnProcess(
            server,
            "/bin/sh",
            ["sh", "-c", AS_SYSTEMD, "sh", *python],
            env=os.environ,
            childFDs=self.descriptors,
        )
        await server.listening
        return server

    def progress(self, what: str) -> None:
        """Says on standard error what is being done to the server."""
        print(f"{Path(self.script).name}: {what}", file=sys.stderr)


class Talker(Member):
    """A client that talks, and notices when somebody has gone."""

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
        """Says how it was: who is dropped is not told that this is the end."""
        self.ended.callback(not reason.check(ConnectionDone))


class Visitor(Protocol):
    """A client that has nothing to say."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """`served` fires when the connection is over, and says if it was greeted."""
        self.greeted = False
        self.served: Deferred[bool] = Deferred()

    def connectionMade(self) -> None:
        """Says so; the server greets it, and hangs up."""
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        """Takes the greeting."""
        self.greeted = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Says how it was."""
        self.served.callback(self.greeted)


async def lost_lines(place: Place) -> int:
    """Returns how many lines slow clients do not get, because the server stops."""
    server = await place.serve()
    place.progress(f"stops while {CROWD} slow clients have much to read")
    talker = await connectProtocol(place.endpoint, Talker())
    owed: dict[Slow, int] = {}
    for _ in range(CROWD):
        heard = Deferred.fromCoroutine(talker.hear("has joined #lobby"))
        slow = await connectProtocol(place.endpoint, Slow())
        await heard
        owed[slow] = talker.said
        await talker.say_batch()
    # How much fits into the system's buffers, nobody says. But when a first client is
    # dropped, much is still in the server for those who came a little later.
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
    print_table(await measure(before), await measure(after))


if __name__ == "__main__":
    run(main)
