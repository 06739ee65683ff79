"""Says goodbye."""

from loopback import say
from twisted.internet.protocol import Protocol


class Greeter(Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"hello\n")

    def connectionLost(self) -> None:
        print("server: goodbye")


say(b"", Greeter)
