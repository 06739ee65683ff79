"""A chat in which Alice's first connection died, and nobody was told."""

from twisted.internet.protocol import connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

clock = Clock()
owners: dict[bytes, LineReceiver] = {}


class Chat(LineReceiver):
    nick = b""

    def lineReceived(self, line: bytes) -> None:
        if line in owners:
            self.sendLine(b"error: taken")
        else:
            self.nick = line
            owners[line] = self
            self.sendLine(b"welcome")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        owners.pop(self.nick, None)


def connect() -> None:
    chat = Chat()
    transport = StringTransportWithDisconnection()
    transport.protocol = chat
    chat.makeConnection(transport)
    chat.dataReceived(b"alice\r\n")
    print(transport.value().decode().strip())


connect()
clock.advance(3600)  # her laptop sleeps: no packet comes, not even a goodbye
connect()
