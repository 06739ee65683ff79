"""Measures the cost of a WebSocket message whose last part never comes."""

from chat_lab import Row, Server, compare
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IConsumer,
    IPullProducer,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

PARTS = 3_000
TEXT = b"x" * 500

# A frame's first bytes: its kind, its length, and a mask that changes nothing.
FIRST_PART = b"\x01\xfe" + len(TEXT).to_bytes(2) + bytes(4) + TEXT
NEXT_PART = b"\x00" + FIRST_PART[1:]
PING = b"\x89\x80" + bytes(4)

OPEN = """GET /chat HTTP/1.1\r
Host: {host}\r
Origin: http://{host}\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
"""


@implementer(IPullProducer)
class Endless(Protocol):
    """A browser that would not exist: its message has no end."""

    transport: ITCPTransport
    sent = 0

    def __init__(self) -> None:
        """`ended` fires when the server has taken all parts, or has had enough."""
        self.ended: Deferred[str] = Deferred()

    def connectionMade(self) -> None:
        """Asks for a WebSocket."""
        peer = self.transport.getPeer()
        self.transport.write(OPEN.format(host=f"127.0.0.1:{peer.port}").encode())

    def dataReceived(self, data: bytes) -> None:
        """Begins once the WebSocket is open. The last thing to come is a pong."""
        if data.startswith(b"HTTP/1.1 101"):
            self.transport.write(FIRST_PART)
            IConsumer(self.transport).registerProducer(self, streaming=False)
        elif self.sent == PARTS and not self.ended.called:
            self.ended.callback("no")

    def resumeProducing(self) -> None:
        """Sends parts, as fast as the connection takes them, and then a ping."""
        self.transport.write(NEXT_PART * 100)
        self.sent += 100
        if self.sent == PARTS:
            IConsumer(self.transport).unregisterProducer()
            self.transport.write(PING)

    def stopProducing(self) -> None:
        """Required by the interface. `connectionLost` deals with the end."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Notes that the server has ended it."""
        if not self.ended.called:
            self.ended.callback("yes")


class Visitor(Protocol):
    """Somebody who asks for the page, again and again."""

    transport: ITCPTransport

    async def visit(self) -> None:
        """Waits for one answer, or for its beginning."""
        self.answer: Deferred[None] = Deferred()
        self.transport.write(b"GET / HTTP/1.1\r\nHost: chat.test\r\n\r\n")
        await self.answer

    def dataReceived(self, data: bytes) -> None:
        """Takes an answer."""
        if not self.answer.called:
            self.answer.callback(None)


async def measure(server: Server) -> dict[str, Row]:
    """Returns what the message costs the server and a visitor."""
    endpoint = await server.listening()
    clock = IReactorTime(server.reactor)
    visitor = await connectProtocol(endpoint, Visitor())
    await visitor.visit()
    server.progress(f"{PARTS} parts of a message come, and none is the last one")
    before, longest = server.memory(), 0.0
    endless = await connectProtocol(endpoint, Endless())
    while not endless.ended.called:
        start = clock.seconds()
        await visitor.visit()
        longest = max(longest, clock.seconds() - start)
    return {
        "ms that a visitor waits, at most": longest * 1000,
        "MiB that its memory grew": server.memory() - before,
        "its sender is dropped": await endless.ended,
    }


if __name__ == "__main__":
    compare(measure, "../steps/web1.py", "web_chat.py")
