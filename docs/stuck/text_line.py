"""Answers a line in text."""

from loopback import say
from twisted.protocols.basic import LineReceiver


class Greeter(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine("hello")


say(b"hi\r\n", Greeter)
