"""What a browser does with a WebSocket, over a transport in memory."""

from chat_server import ChatFactory, ChatProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from web_door import Door, Doors
from web_site import PageSite
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    Ping,
    Request,
    TextMessage,
)

from tests.stages.test_chat_server import CountingTransport

HOST = "chat.test:8080"
ORIGIN = f"http://{HOST}"


def open_doors(factory: ChatFactory) -> Doors:
    """Returns the way for browsers into a chat, as after a port has opened."""
    assert isinstance(factory.clock, Clock)
    doors = Doors(PageSite(factory), factory.clock)
    doors.doStart()
    return doors


def knock(doors: Doors) -> tuple[Door, CountingTransport]:
    """Does what the reactor does with a new connection."""
    transport = CountingTransport()
    door = doors.buildProtocol(transport.getPeer())
    door.makeConnection(transport)
    return door, transport


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """Returns a short frame as a browser sends it; a mask of zeros changes nothing."""
    assert len(payload) < 126
    return bytes([opcode | 0x80 * last, 0x80 | len(payload), 0, 0, 0, 0]) + payload


class WebClient:
    """A member that comes by WebSocket, with what the tests of the stage use."""

    doors: Doors  # a test sets it

    def __init__(self, factory: ChatFactory) -> None:
        """Shakes hands."""
        assert isinstance(factory.clock, Clock)
        self.clock = factory.clock
        self.door, self.transport = knock(self.doors)
        self.socket = WSConnection(ConnectionType.CLIENT)
        self.messages = [""]  # that have come; the last one is not complete
        self.pings = 0
        self.closed: int | None = None  # the number that the server has said
        self.accepted = False
        origin = [(b"origin", ORIGIN.encode())]
        self.door.dataReceived(
            self.socket.send(Request(HOST, "/chat", extra_headers=origin))
        )
        self.listen()
        assert self.accepted
        assert self.door.browser
        self.protocol: ChatProtocol = self.door.browser.chatter

    def says(self, *lines: str) -> None:
        """Sends a message for each of `lines`."""
        for line in lines:
            self.sends(f"{line}\n".encode())

    def sends(self, data: bytes) -> None:
        """Sends lines in one piece, a message each, and lets them have their turns."""
        lines = data.decode().removesuffix("\n").split("\n")
        self.door.dataReceived(
            b"".join(self.socket.send(TextMessage(line)) for line in lines)
        )
        while self.protocol.paused and not self.transport.disconnecting:
            self.clock.advance(ChatFactory.PAUSE)

    def listen(self) -> None:
        """Takes what has come, and answers nothing."""
        self.socket.receive_data(self.transport.value())
        self.transport.clear()
        self.transport.writes.clear()
        for event in self.socket.events():
            match event:
                case AcceptConnection():
                    self.accepted = True
                case Message():
                    self.messages[-1] += event.data
                    self.messages += [""] * event.message_finished
                case Ping():
                    self.pings += 1
                case CloseConnection():
                    self.closed = event.code

    def reads(self) -> list[str]:
        """Returns the messages that have come since this was last asked."""
        self.listen()
        *whole, rest = self.messages
        self.messages = [rest]
        return whole

    def goes(self, reason: Exception | None = None) -> None:
        """Does what the reactor does when the connection has ended."""
        self.door.connectionLost(Failure(reason or ConnectionDone()))
