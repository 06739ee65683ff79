"""Takes the bytes of one call for one message."""

from loopback import say
from twisted.internet.protocol import Protocol


class Greeter(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"hello " + data)


say(b"Alice\nBob\n", Greeter)
