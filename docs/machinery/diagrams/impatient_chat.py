"""A chat that soon drops a client that doesn't read, so that a diagram can show it."""

from chat_server import ChatFactory, ChatProtocol
from outbox import Outbox
from twisted.internet.interfaces import IConsumer


class ImpatientOutbox(Outbox):
    """An outbox that holds next to nothing: 100 bytes instead of 256 KiB."""

    __slots__ = ()
    LIMIT = 100


class ImpatientProtocol(ChatProtocol):
    """A chat client's connection with such an outbox."""

    def connectionMade(self) -> None:
        """Changes the outbox while nothing waits in it."""
        super().connectionMade()
        IConsumer(self.transport).unregisterProducer()
        self.outbox = ImpatientOutbox(self.transport)


class ImpatientChat(ChatFactory):
    """Makes such connections."""

    protocol = ImpatientProtocol
