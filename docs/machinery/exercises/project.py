"""What the tests of projects share: clients of a server that really listens.

A project's file is run as `task.react` would run it, by its `main`, in the judge's own
reactor. It listens on a port that the system chooses, with a bounded buffer, so that a
client that doesn't read is noticed. Anything that should happen gets some turns of the
reactor. When it doesn't, the test fails with the story so far, as in `ServerCase`.
"""

import reprlib
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

AT_ONCE = 30  # turns of the reactor, in which almost everything happens
LATER = 15  # more turns
TURN = 0.005  # seconds that each of those takes at least
BUFFER = 2**17  # bytes that the system keeps: else it might keep megabytes

reactor: Any = installed  # has more methods than any one interface


class ProjectCase(TestCase):
    """The tests of a server. A subclass names the `program`, and how to begin."""

    longMessage = False  # a complaint is a whole sentence already
    program: ModuleType

    def setUp(self) -> None:
        """Takes note of each port on which anything listens."""
        self.addCleanup(self.end)
        self.story: list[str] = []
        self.ports: list[Any] = []
        self.ended: list[object] = []
        self.visitors: list[Visitor] = []
        self.running: Deferred[Any] = succeed(None)  # so far
        for kind in ("listenTCP", "listenUDP"):
            self.patch(reactor, kind, self.noting(getattr(reactor, kind)))

    async def end(self) -> None:
        """Ends everything, and waits until the reactor has nothing left."""
        self.running.cancel()
        for port in self.ports:
            await maybeDeferred(port.stopListening)
        for visitor in self.visitors:
            tcp = getattr(
                visitor.transport, "transport", visitor.transport
            )  # below TLS
            tcp.abortConnection()
        await self.turns(lambda: not any(map(is_socket, reactor.getReaders())))
        for left in filter(is_socket, reactor.removeAll()):
            left.connectionLost(Failure(connectionDone.value))
        for call in reactor.getDelayedCalls():
            call.cancel()

    def noting(self, listen: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a `listen` that lets the system choose the port."""

        def noted(_port: int, *arguments: object, **named: object) -> object:
            port = listen(0, *arguments, **named)
            bound_buffers(port.socket)
            self.ports.append(port)
            return port

        return noted

    async def serve(self, *arguments: object) -> Any:  # noqa: ANN401 - IPv4 or IPv6
        """Starts `main`, and returns the address where it listens."""
        name, before = self.program.__name__, len(self.ports)
        main: Any = getattr(self.program, "main", None)
        called = ", ".join(["reactor", *map(reprlib.repr, arguments)])
        self.check(main, f"{name}.py needs a main: this test calls main({called}).")
        self.story.append(f"main({called}) starts.")
        self.running = maybeDeferred(main, reactor, *arguments)
        self.running.addBoth(self.ended.append)
        await self.turns(lambda: self.ports[before:] or self.ended)
        for end in self.ended:
            if isinstance(end, Failure):
                told = f"{self.so_far()} It fails with {end.value!r}."
                raise self.failureException(told) from end.value
            self.check(held=False, complaint="It returns, which ends the program.")
        self.check(self.ports[before:], "It should listen, but nothing does.")
        return self.ports[before].getHost()

    async def connect(self, name: str, port: int, *, tls: bool = False) -> "Visitor":
        """Returns a new client, which is connected to a port of this machine."""
        endpoint: Any = HostnameEndpoint(reactor, "127.0.0.1", port)
        if tls:
            from twisted.internet.ssl import CertificateOptions  # noqa: PLC0415 - slow

            endpoint = wrapClientTLS(CertificateOptions(), endpoint)
        self.story.append(f"{name} connects.")
        factory = Factory.forProtocol(lambda: Visitor(name, self))
        visitor: Visitor = await endpoint.connect(factory)
        return visitor

    def certificate(self) -> str:
        """Returns a file with a new key, and a certificate signed by that key."""
        from cryptography import x509  # noqa: PLC0415 - slow, and only for TLS
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
        builder = builder.not_valid_before(now - timedelta(hours=1))
        signed = builder.not_valid_after(now + timedelta(hours=1)).sign(
            key, hashes.SHA256()
        )
        pem = serialization.Encoding.PEM
        kind, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        with NamedTemporaryFile(delete=False) as file:
            file.write(signed.public_bytes(pem) + key.private_bytes(pem, kind, secret))
        self.addCleanup(Path(file.name).unlink)
        return file.name

    def check(self, held: object, complaint: str) -> None:
        """Fails the test with the story and a complaint, unless something holds."""
        self.assertTrue(held, f"{self.so_far()} {complaint}".strip())

    def so_far(self) -> str:
        """Returns the end of the story."""
        return " ".join(self.story[-8:])

    async def turns(self, enough: Callable[[], object]) -> None:
        """Lets the reactor turn until it is enough, or for so long at most."""
        for turn in range(AT_ONCE + LATER):
            if enough():
                return
            await deferLater(reactor, TURN if turn > AT_ONCE else 0)

    async def settle(self) -> None:
        """Gives the server some turns for what it has to do."""
        for _ in range(AT_ONCE):
            await deferLater(reactor, 0)


class Visitor(Protocol):
    """A client of the server under test, or what a server under test connects to."""

    transport: Any

    def __init__(self, name: str, case: ProjectCase) -> None:
        """Takes a name for the story, and the test whose story it is."""
        self.name = name
        self.case = case
        self.received = bytearray()
        self.gone = False
        self.to_send = b""
        self.sent = 0

    def connectionMade(self) -> None:
        """Has the system keep little of what is not read."""
        self.case.visitors.append(self)
        handle = self.transport.getHandle()
        if isinstance(handle, socket.socket):
            bound_buffers(handle)

    def dataReceived(self, data: bytes) -> None:
        """Keeps what arrives until the test looks at it."""
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Notes that the conversation is over."""
        self.gone = True

    def sends(self, data: bytes, *, told: str = "") -> None:
        """Sends some bytes."""
        self.case.story.append(f"{self.name} sends {told or reprlib.repr(data)}.")
        self.transport.write(data)

    def pours(self, data: bytes) -> None:
        """Sends many bytes, each piece once the system has taken the one before."""
        self.case.story.append(f"{self.name} sends {len(data)} bytes.")
        self.to_send, self.sent = data, 0
        self.transport.registerProducer(self, streaming=False)

    def resumeProducing(self) -> None:
        """Sends the next piece: the one before has left."""
        piece = self.to_send[self.sent : self.sent + 2**16]
        self.sent += len(piece)
        self.transport.write(piece)
        if self.sent == len(self.to_send):
            self.transport.unregisterProducer()

    def stopProducing(self) -> None:
        """Required by the interface: the connection is lost."""

    def stops_reading(self) -> None:
        """Takes nothing in from now on."""
        self.case.story.append(f"{self.name} stops reading.")
        self.transport.pauseProducing()

    def reads_on(self) -> None:
        """Takes in all that waits."""
        self.case.story.append(f"{self.name} reads on.")
        self.transport.resumeProducing()

    def hangs_up(self) -> None:
        """Closes the connection, once all is sent."""
        self.case.story.append(f"{self.name} hangs up.")
        self.transport.loseConnection()

    async def receives(self, expected: bytes) -> None:
        """Expects just these bytes next."""
        before = -1
        while before < len(self.received) < len(expected):
            before = len(self.received)
            await self.case.turns(lambda: len(self.received) > before)  # noqa: B023
        got = bytes(self.received)
        self.received.clear()
        told = tell(expected), tell(got)
        if told[0] == told[1]:
            told = f"{len(expected)} bytes", "others"
        self.case.check(
            got == expected,
            f"{self.name} should receive {told[0]}, but receives {told[1]}.",
        )

    async def is_gone(self) -> None:
        """Expects that the other side has hung up."""
        await self.case.turns(lambda: self.gone)
        self.case.check(self.gone, f"{self.name} should be disconnected.")


def bound_buffers(handle: socket.socket) -> None:
    """Has the system keep little for a connection, or for those of a port."""
    for kind in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        handle.setsockopt(socket.SOL_SOCKET, kind, BUFFER)


def tell(data: bytes) -> str:
    """Returns bytes as a sentence has them, of many only how many."""
    if len(data) > 200:  # noqa: PLR2004 - a sentence that somebody still reads
        return f"{len(data)} bytes"
    return repr(data) if data else "nothing"


def is_socket(reader: object) -> bool:
    """Whether something that the reactor watches is a connection, or a port."""
    return hasattr(reader, "getHost")
