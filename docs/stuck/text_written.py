"""Answers in text."""

from loopback import say
from twisted.internet.protocol import Protocol


class Greeter(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write("hello\n")


say(b"hi\n", Greeter)
