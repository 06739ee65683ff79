"""Greets a client that sends a name."""

from loopback import say
from twisted.protocols.basic import LineReceiver


class Greeter(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(b"hello " + line)


say(b"Alice\n", Greeter)
