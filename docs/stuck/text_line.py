"""Answers a line in text."""

from loopback import say
from twisted.protocols.basic import LineReceiver


class Counter(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(f"{len(line)} bytes")


say(b"hi\r\n", Counter)
