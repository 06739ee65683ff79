"""Looks for its factory too early."""

from loopback import say
from twisted.internet.protocol import Protocol


class Greeter(Protocol):
    def __init__(self) -> None:
        self.ports = self.factory.numPorts

    def connectionMade(self) -> None:
        self.transport.write(b"%d port\n" % self.ports)


say(b"", Greeter)
