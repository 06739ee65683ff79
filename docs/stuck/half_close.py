"""Echoes, even to a client that has finished sending."""

from loopback import say
from twisted.internet.protocol import Protocol


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


say(b"hi\n", Echo, half_close=True)
