"""Browsers as members of the chat: each line is a WebSocket message of its own."""

from typing import Any

from chat_server import ChatFactory, ChatProtocol
from h11 import LocalProtocolError
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.python.failure import Failure
from twisted.web.http import BAD_REQUEST, FORBIDDEN
from twisted.web.server import Request
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from web_door import Door, door_of
from zope.interface import directlyProvides, providedBy


class Browser:
    """A member of the chat that has come through a door.

    For Twisted it is one end of a WebSocket, with a method for each kind of message.
    For a `ChatProtocol` it is the transport: the protocol writes a line, and does not
    know how it travels.
    """

    socket: WebSocketTransport

    def __init__(self, door: Door, chatter: ChatProtocol) -> None:
        """Takes the two sides, and connects them once the handshake is over."""
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
        """Notes that the browser lives. The answer to a ping isn't counted."""
        if self.door.rounds:
            self.door.rounds = 0
            self.door.received -= 6  # its bytes

    def connectionLost(self, reason: Failure) -> None:
        """Tells the chat."""
        self.chatter.connectionLost(reason)

    def write(self, data: bytes) -> None:
        """Sends a line, as a message."""
        if not self.door.disconnecting:
            self.socket.sendTextMessage(data.decode().removesuffix("\n"))

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """Has the chat's outbox told to pause. Until now, twisted.web was told."""
        self.socket.detachProducer()
        self.socket.attachProducer(producer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Leaves everything else that a transport does to the door."""
        return getattr(self.door, name)


class ChatSocket(WebSocketResource):
    """The address at which a page opens its WebSocket."""

    isLeaf = True

    def __init__(self, chat: ChatFactory) -> None:
        """Takes the chat that browsers will be members of."""
        super().__init__(self)  # which has a buildProtocol, as a factory has
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
        except (UnicodeDecodeError, LocalProtocolError):  # for some bad headers
            request.setResponseCode(BAD_REQUEST)
            return b"A header of this request is not right.\n"

    def buildProtocol(self, request: Request) -> Browser:
        """Makes a member for a request that becomes a WebSocket."""
        door = door_of(request)
        chatter = self.chat.buildProtocol(door.getPeer())
        assert chatter is not None
        return Browser(door, chatter)
