"""What waits to be sent to one client, and when it is too much."""

from twisted.internet.interfaces import IConsumer, IPushProducer, ITCPTransport
from zope.interface import implementer


@implementer(IPushProducer)
class Outbox:
    """What waits to be sent to one client: a limited number of bytes.

    A client that does not read must neither fill this server's memory nor keep the
    others waiting, so it is dropped. Twisted does not say how much waits. But it tells
    a producer to pause when more than 64 KiB wait, and to resume when all is sent.
    """

    LIMIT = 256 * 1024  # bytes that may wait on top of those 64 KiB

    def __init__(self, transport: ITCPTransport) -> None:
        """Becomes the producer of what `transport` sends."""
        self.transport = transport
        self.paused = False
        self.waiting = 0  # bytes written since the pause began
        self.dropped = False
        IConsumer(transport).registerProducer(self, streaming=True)

    def write(self, data: bytes) -> None:
        """Sends `data`, unless the client is to be dropped, or was."""
        if self.dropped:  # Twisted says that it is gone only in its next turn
            return
        if self.paused:
            self.waiting += len(data)
        if self.waiting > self.LIMIT:
            self.dropped = True
            self.transport.abortConnection()  # without sending what waits
        else:
            self.transport.write(data)

    def pauseProducing(self) -> None:
        """Begins to count; the transport calls this at each write while much waits."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Counts no more: everything is sent."""
        self.paused = False
        self.waiting = 0

    def stopProducing(self) -> None:
        """Required by the interface. `ChatProtocol.connectionLost` handles the end."""
