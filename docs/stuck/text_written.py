"""Answers in text."""

from loopback import say
from twisted.internet.protocol import Protocol


class Counter(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(f"{len(data)} bytes\n")


say(b"hi\n", Counter)
