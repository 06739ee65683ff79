"""Tests a protocol that has no connection."""

from twisted.internet.protocol import Protocol
from twisted.trial.unittest import SynchronousTestCase


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoTests(SynchronousTestCase):
    def test_echoes(self) -> None:
        Echo().dataReceived(b"hello")
