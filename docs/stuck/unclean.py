"""Tests a protocol that hangs up after a minute."""

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import TestCase


class Patient(Protocol):
    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock

    def connectionMade(self) -> None:
        self.clock.callLater(60, self.transport.loseConnection)


class PatientTests(TestCase):
    def test_hangs_up(self) -> None:
        Patient(reactor).makeConnection(StringTransport())
