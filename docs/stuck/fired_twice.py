"""Waits for an answer, which comes in two pieces."""

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol


class Client(Protocol):
    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred()
        self.received = b""

    def dataReceived(self, data: bytes) -> None:
        self.answer.callback(data)


client = Client()
client.answer.addCallback(print)
client.dataReceived(b"hello ")
client.dataReceived(b"Alice\n")
