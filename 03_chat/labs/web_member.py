"""Browsers as members of the chat: each line is a WebSocket message of its own."""

from pathlib import Path
from typing import Any

from chat_server import ChatFactory, ChatProtocol
from h11 import LocalProtocolError
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.python.failure import Failure
from twisted.web.http import BAD_REQUEST, FORBIDDEN
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from web_door import Door
from zope.interface import directlyProvides, providedBy

# What a page from here may do: nothing but run the script and take the style that are
# here, and talk to this server. No text in it can become HTML.
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; "
    b"style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


class Browser:
    """A member of the chat that has come through a door.

    On one side it is what Twisted tells of a WebSocket: each method is called for one
    kind of message. On the other side it is the transport of a `ChatProtocol`, which
    writes a line, and does not know how it travels.
    """

    socket: WebSocketTransport

    def __init__(self, door: Door, chatter: ChatProtocol) -> None:
        """Connects the two sides once the handshake is over."""
        self.door = door
        self.chatter = chatter
        directlyProvides(self, providedBy(door))

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """Remembers the way to the browser."""
        self.socket = transport

    def negotiationFinished(self) -> None:
        """Enters the chat."""
        self.door.browser = self
        self.door.limit = self.door.MESSAGE
        self.chatter.makeConnection(ITransport(self))

    def textMessageReceived(self, message: str) -> None:
        """Hands a message to the chat, as a line."""
        self.door.whole()
        if not self.door.disconnecting:
            self.chatter.dataReceived(message.encode() + b"\n")

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        """Drops a browser that sends bytes instead of text. The page does not."""
        self.door.drop("it sent bytes instead of text")

    def pongReceived(self, payload: bytes) -> None:
        """Notes that the browser lives. Its answer to a ping of ours has 6 bytes."""
        if self.door.rounds:
            self.door.rounds = 0
            self.door.received -= 6

    def connectionLost(self, reason: Failure) -> None:
        """Tells the chat."""
        self.chatter.connectionLost(reason)

    def write(self, data: bytes) -> None:
        """Sends a line, as a message."""
        if not self.door.disconnecting:
            self.socket.sendTextMessage(data.decode().removesuffix("\n"))

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """Has the chat's outbox asked to pause. Until now, twisted.web was asked."""
        self.socket.detachProducer()
        self.socket.attachProducer(producer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Leaves everything else that a transport does to the door."""
        return getattr(self.door, name)


class ChatSocket(WebSocketResource):
    """Where a page opens its WebSocket."""

    isLeaf = True

    def __init__(self, chat: ChatFactory) -> None:
        """Takes the chat that browsers will be members of."""
        super().__init__(self)
        self.chat = chat

    def render_GET(self, request: Request) -> bytes | int:
        """Opens a WebSocket for a page that this server has sent, and for no other.

        A browser lets every page open a WebSocket to every server, but says in Origin
        where the page comes from.
        """
        scheme = b"https://" if request.isSecure() else b"http://"
        host, *_ = request.requestHeaders.getRawHeaders(b"host", [b""])
        if request.requestHeaders.getRawHeaders(b"origin") != [scheme + host]:
            request.setResponseCode(FORBIDDEN)
            return b"Only a page from this server may chat here.\n"
        try:
            return super().render_GET(request)
        except (UnicodeDecodeError, LocalProtocolError):  # it answers the rest itself
            request.setResponseCode(BAD_REQUEST)
            return b"A header of this request is not right.\n"

    def buildProtocol(self, request: Request) -> Browser:
        """Makes a member for a request that becomes a WebSocket."""
        door = door_of(request)
        chatter = self.chat.buildProtocol(door.getPeer())
        assert chatter is not None
        return Browser(door, chatter)


class PageFile(Resource):
    """One of the page's files."""

    isLeaf = True

    def __init__(self, name: str, kind: str) -> None:
        """Takes the file's name and its type."""
        super().__init__()
        self.path = Path(__file__).parent / "web_page" / name
        self.kind = f"{kind}; charset=utf-8"

    def render_GET(self, request: Request) -> bytes:
        """Sends the file as it is now: a change is seen when the page is reloaded."""
        request.setHeader("content-type", self.kind)
        return self.path.read_bytes()


class Page(Resource):
    """The page's address, the files that it needs, and nothing else."""

    def __init__(self, chat: ChatFactory) -> None:
        """Says what is where."""
        super().__init__()
        self.putChild(b"", PageFile("web_chat.html", "text/html"))
        self.putChild(b"web_chat.css", PageFile("web_chat.css", "text/css"))
        self.putChild(b"web_chat.js", PageFile("web_chat.js", "text/javascript"))
        self.putChild(b"chat", ChatSocket(chat))

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Answers for every other address."""
        return notFound()


class PageSite(Site):
    """Answers requests, each with the headers of above."""

    def __init__(self, chat: ChatFactory) -> None:
        """Serves the page of a chat."""
        super().__init__(Page(chat), reactor=chat.clock)

    def getResourceFor(self, request: Request) -> IResource:
        """Tells the door that a request is complete, and finds who answers it."""
        door_of(request).whole()
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        resource: IResource = super().getResourceFor(request)
        return resource


def door_of(request: Request) -> Door:
    """Returns the door that a request has come through."""
    door = request.channel.transport
    assert isinstance(door, Door)
    return door
