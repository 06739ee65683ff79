"""The chat on real sockets and in processes shows what a string transport can't."""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from chat_server import ChatFactory
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import (
    clientFromString,
    connectProtocol,
    quoteStringArgument,
    serverFromString,
)
from twisted.internet.interfaces import IConsumer, IPullProducer, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.real_sockets import real_sockets
from tests.stage_process import (
    CONSOLES,
    LOOPBACK,
    MEBIBYTE,
    TIME_LIMIT,
    Script,
    Stage,
    complaint_of,
    connect,
    half_closing_netcat,
    on_consoles,
    posix_only,
    resident,
    run,
    serving,
)

SERVER = "03_chat/chat_server.py"
CLIENT = "03_chat/chat_client.py"


class Member(LineReceiver):
    """A client that keeps the lines it reads, and can wait for one of them."""

    delimiter = b"\n"
    transport: ITCPTransport

    def __init__(self) -> None:
        """Starts with nothing; `gone` fires at the end."""
        self.lines: list[str] = []
        self.awaited: tuple[str, Deferred[None]] | None = None
        self.gone: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        """Keeps a line, and tells who waits for it."""
        self.lines.append(line.decode())
        if self.awaited and self.awaited[0] == self.lines[-1]:
            (_, waiting), self.awaited = self.awaited, None
            waiting.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells the test."""
        self.gone.callback(None)

    def say(self, *lines: str) -> None:
        """Sends lines."""
        self.transport.write("".join(f"{line}\n" for line in lines).encode())

    async def reads(self, line: str) -> None:
        """Waits until `line` has come."""
        if line not in self.lines:
            self.awaited = (line, Deferred())
            await self.awaited[1]


class Room:
    """A chat on a port of its own, in this process."""

    def __init__(self, endpoint: str) -> None:
        """Takes the client endpoint."""
        self.endpoint = endpoint
        self.members: list[Member] = []

    async def enter(self) -> Member:
        """Connects a client and waits until it is in #lobby."""
        from twisted.internet import reactor

        endpoint = clientFromString(reactor, self.endpoint)
        member = await connectProtocol(endpoint, Member())
        assert isinstance(member, Member)
        self.members.append(member)
        await member.reads(f"* guest{len(self.members)} has joined #lobby")
        return member


@asynccontextmanager
async def listening() -> AsyncIterator[Room]:
    """Opens a chat, and closes it with all its connections."""
    from twisted.internet import reactor

    port = await serverFromString(reactor, LOOPBACK).listen(ChatFactory(reactor))
    room = Room(f"tcp:127.0.0.1:{port.getHost().port}")
    try:
        yield room
    finally:
        await port.stopListening()
        for member in room.members:
            member.transport.loseConnection()
        await gatherResults([member.gone for member in room.members])


@real_sockets(seconds=20)
async def test_clients_that_half_close_get_their_answers() -> None:
    """Each of 100 clients that send and end their sending at once is answered."""
    async with listening() as room:
        for number in range(1, 101):
            member = await room.enter()
            member.say(f"/msg guest{number} to myself")
            member.transport.loseWriteConnection()
            await member.gone
            assert member.lines[-1] == f"<guest{number}> to myself"


@real_sockets(seconds=20)
async def test_a_thousand_clients_in_a_hundred_channels() -> None:
    """Each message reaches the ten members of its channel, and nobody else."""
    async with listening() as room:
        for number in range(1000):
            member = await room.enter()
            member.say("/leave #lobby", f"/join #c{number // 10}")
            await member.reads(f"* guest{number + 1} has joined #c{number // 10}")
        for number, member in enumerate(room.members):
            member.say(f"/msg #c{number // 10} from {number}")
        # The last word of each comes after all that it was sent before.
        for number, member in enumerate(room.members):
            for other in range(number // 10 * 10, number // 10 * 10 + 10):
                await member.reads(f"#c{number // 10} <guest{other + 1}> from {other}")
            said = [line for line in member.lines if "> from " in line]
            assert len(said) == 10


TALK = b"/msg #lobby " + b"x" * 480 + b"\n"
FLOODS = {  # how many clients send what, as fast as they can
    "a new nick": (1, b"/nick a\n/nick b\n" * 64),
    "three who talk": (3, TALK * 8),
    "ten who talk": (10, TALK * 8),
    "thirty who talk and leave": (
        30,
        b"/join #tea\n" + TALK.replace(b"lobby", b"tea") * 14 + b"/leave #tea\n",
    ),
}


@implementer(IPullProducer)
class Reader(Protocol):
    """A client that reads all the time, and may send one thing again and again."""

    transport: ITCPTransport

    def __init__(self) -> None:
        """Starts with nothing read."""
        self.end = b""  # of what it has read
        self.awaited = b""
        self.heard: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self.flood = b""

    def dataReceived(self, data: bytes) -> None:
        """Looks for what it waits for, which may come in two pieces."""
        data = self.end + data
        self.end = data[-100:]
        if self.awaited and self.awaited in data:
            self.awaited = b""
            self.heard.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells the test."""
        self.gone.callback(None)

    def hears(self, text: bytes) -> Deferred[None]:
        """Waits for a line that ends so."""
        self.awaited, self.heard = text + b"\n", Deferred()
        return self.heard

    def resumeProducing(self) -> None:
        """Sends more, whenever the transport has sent what it had."""
        self.transport.write(self.flood)

    def stopProducing(self) -> None:
        """Stops, with the connection."""


@pytest.mark.slow
@pytest.mark.parametrize("script", [SERVER, "docs/run_it/draining_chat.py"])
@pytest.mark.parametrize("over_tls", [False, True], ids=["TCP", "TLS"])
@real_sockets(seconds=50)
async def test_a_flood_takes_nothing_from_clients_that_read(
    certificate: Path, script: str, *, over_tls: bool
) -> None:
    """All stay, and read what another says soon, while one sends very much."""
    from twisted.internet import reactor

    pem = (certificate / "server.pem").read_bytes()
    for name in ("privkey.pem", "fullchain.pem"):
        (certificate / name).write_bytes(pem)
    options = [LOOPBACK]
    if over_tls:
        folder = [LOOPBACK, str(certificate)]
        key = f"ssl:0:interface=127.0.0.1:privateKey={certificate}/server.pem"
        options = [key] if script == SERVER else folder
    with serving(script, *options) as stage:
        where = stage.target
        if over_tls:
            folder = quoteStringArgument(str(certificate))
            where = f"tls:localhost:{stage.where[1]}:trustRoots={folder}"
        everyone: list[Reader] = []

        async def enter(first: bytes = b"") -> Reader:
            endpoint = clientFromString(reactor, where)
            reader = await connectProtocol(endpoint, Reader())
            assert isinstance(reader, Reader)
            everyone.append(reader)
            reader.transport.write(first + b"/join #in\n/leave #in\n")
            await reader.hears(b"has left #in")
            return reader

        speaker, *readers = [await enter(b"/join #tea\n") for _ in range(50)]
        for kind, (number, flood) in FLOODS.items():
            flooders = [await enter() for _ in range(number)]
            for flooder in flooders:
                flooder.flood = flood
                IConsumer(flooder.transport).registerProducer(flooder, streaming=False)
            for line in (b"1", b"2", b"3"):
                await deferLater(reactor, 0.2)
                # About 0.05 s; without turns or slots, nobody hears it in 50 s.
                assert await time_until_heard(speaker, readers, line) < 10, kind
            for flooder in flooders:
                flooder.transport.abortConnection()
            assert all(reader.connected for reader in (speaker, *readers)), kind
        for reader in (speaker, *readers):
            reader.transport.abortConnection()
        await gatherResults([reader.gone for reader in everyone])


async def time_until_heard(
    speaker: Reader, readers: list[Reader], text: bytes
) -> float:
    """Returns how long it takes until all have read what one says."""
    from twisted.internet import reactor

    start = reactor.seconds()
    heard = [reader.hears(text) for reader in readers]
    speaker.transport.write(b"/msg #lobby " + text + b"\n")
    await gatherResults(heard)
    return reactor.seconds() - start


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    """A chat server on a free port of this machine, for tests that harm nobody."""
    with serving(SERVER, LOOPBACK) as stage:
        yield stage


# The same server without its pauses, in which a slow client may catch up.
HURRIED = """
import sys
from pathlib import Path
sys.path.insert(0, "03_chat")
source = Path("03_chat/chat_server.py").read_text("utf-8")
exec(source.replace("PAUSE = 0.1", "PAUSE = 0.001"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_client_that_does_not_read_is_dropped() -> None:
    """12,000 lines flow past it: little memory, no loss for others, one line logged."""
    lines = 12_000
    line = b"#lobby <guest3> " + b"x" * 400 + b"\n"
    with (
        serving("-c", HURRIED, LOOPBACK) as server,
        connect(server) as stuck,
        connect(server) as good,
        connect(server) as writer,
    ):
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # grows no more
        with good.makefile("rb") as reading:
            while reading.readline() != b"* guest3 has joined #lobby\n":
                pass
            before = resident(server)
            dropped = 0
            for _ in range(lines // 100):
                writer.sendall((b"/msg #lobby " + b"x" * 400 + b"\n") * 100)
                writer.recv(MEBIBYTE)
                for _ in range(100):
                    read = reading.readline()
                    if read == b"* guest1 has left #lobby\n":
                        dropped += 1
                        read = reading.readline()
                    assert read == line
            assert resident(server) - before < 3 * MEBIBYTE
        assert dropped == 1
        with pytest.raises(ConnectionError):  # after what the kernel still holds
            stuck.makefile("rb").read()
        server.process.send_signal(signal.SIGTERM)
        status, errors = server.wait()
    assert status == 0
    [logged] = errors.splitlines()
    assert logged.endswith("it does not read")


@posix_only
@pytest.mark.parametrize("tool", ["nc -N", "nc -C -N", "ncat", "ncat --crlf"])
def test_the_usual_tools_can_chat(tool: str, server: Stage) -> None:
    """Netcat in its kinds, with LF or CRLF, gets its answers and the end."""
    if not (half_closing_netcat() if " -N" in tool else shutil.which("ncat")):
        pytest.skip(f"no `{tool}` here")
    host, port = server.where
    nick = tool.replace(" ", "").encode()
    result = subprocess.run(
        [*tool.split(), host, str(port)],
        input=b"/nick %b\n/msg %b hi\n" % (nick, nick),
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert result.stderr == b""
    assert result.stdout.endswith(b" is now known as %b\n<%b> hi\n" % (nick, nick))


@pytest.mark.parametrize("client", on_consoles(CLIENT), ids=CONSOLES)
def test_the_client_quits(client: tuple[str], server: Stage) -> None:
    """`/quit` ends it with status 0 while the input is still open."""
    with Script(*client, server.target) as process:
        process.stdin.write(b"/nick cy\n/msg cy bye\n/quit\n")
        assert process.stdout.read().endswith(b"<cy> bye\n")
        assert process.wait(TIME_LIMIT) == 0


@posix_only
def test_the_client_leaves_a_server_whose_line_has_no_end() -> None:
    """It hangs up in the middle of the line: one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with Script(CLIENT, f"tcp:127.0.0.1:{port}") as process:
            with listening.accept()[0] as connection, suppress(ConnectionError):
                connection.sendall(b"* You are guest1\n" + b"x" * MEBIBYTE)
            status, [line] = process.result()
    assert status == 1
    assert line.startswith(b"The server sent a line of more")


@posix_only
def test_the_client_finds_that_a_server_is_full() -> None:
    """A server that is out of descriptors turns it away: one line, with status 1."""
    limited = "import resource as r, runpy, sys; sys.argv = sys.argv[1:]; "
    limited += "r.setrlimit(r.RLIMIT_NOFILE, (24, 24)); sys.path.insert(0, '03_chat'); "
    limited += "runpy.run_path(sys.argv[0], run_name='__main__')"
    with serving("-c", limited, SERVER, LOOPBACK) as server, ExitStack() as guests:
        for _ in range(24):
            guests.enter_context(connect(server))
        result = run(CLIENT, server.target, redirected="< /dev/null")
    assert complaint_of(result).startswith(
        ("The server hung up", "The server did not say")
    )
