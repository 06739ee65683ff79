"""A key-value server, in messages that begin with their length."""

import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import (
    IConsumer,
    IPushProducer,
    IReactorCore,
    ITransport,
)
from twisted.internet.protocol import Factory
from twisted.protocols.basic import Int32StringReceiver
from zope.interface import implementer

MOST_KEYS = 100


@implementer(IPushProducer)
class KeyValue(Int32StringReceiver):
    """One conversation: Twisted finds the messages in the stream."""

    MAX_LENGTH = 65_536  # at a longer message, Twisted calls lengthLimitExceeded
    transport: ITransport
    factory: "Store"

    def connectionMade(self) -> None:
        """Takes no more messages while answers wait for a client to read them."""
        # `self`, not the transport: one piece may hold a thousand messages.
        IConsumer(self.transport).registerProducer(self, streaming=True)

    def stringReceived(self, string: bytes) -> None:
        """Answers one message, whose length has been removed."""
        match string.split(b" ", 2):  # twice: a value may hold spaces
            case [b"set", key, value]:
                self.sendString(self.factory.keep(key, value))
            case [b"get", key]:
                values = self.factory.values
                self.sendString(b"value " + values[key] if key in values else b"none")
            case _:
                self.sendString(b"error")

    def lengthLimitExceeded(self, length: int) -> None:
        """Hangs up. Over TLS, loseConnection would wait for a registered producer."""
        IConsumer(self.transport).unregisterProducer()
        self.transport.loseConnection()


class Store(Factory[KeyValue]):
    """Keeps the values, which all clients share."""

    protocol = KeyValue

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def keep(self, key: bytes, value: bytes) -> bytes:
        """Keeps a value if there is room, and returns the answer."""
        if key not in self.values and len(self.values) == MOST_KEYS:
            return b"full"
        self.values[key] = value
        return b"ok"


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Serves at `endpoint`, whatever kind it is of, until told to stop."""
    await serverFromString(reactor, endpoint).listen(Store())
    await Deferred()  # never fires


if __name__ == "__main__":
    task.react(main, sys.argv[1:] or ["tcp:1234:interface=127.0.0.1"])
