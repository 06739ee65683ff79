"""Knows one command, and doesn't recognize it when it arrives."""

from loopback import say
from twisted.protocols.basic import LineReceiver


class Speaker(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        if line == "time":
            self.sendLine(b"noon")


say(b"time\r\n", Speaker)
