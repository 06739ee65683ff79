"""What waits to be sent to one client, and when it is too much."""

from twisted.internet.interfaces import IConsumer, IPushProducer, ITCPTransport
from zope.interface import implementer


@implementer(IPushProducer)
class Outbox:
    """What waits to be sent to one client: a limited number of bytes.

    A client that does not read must neither fill this server's memory nor keep the
    others waiting, so it is dropped. Twisted does not tell how much waits in a
    transport, but it tells a producer to pause once that is more than 64 KiB, and to
    resume when all of it is sent. What comes in between waits here, and is counted.
    """

    __slots__ = "kept", "paused", "transport", "waiting"  # so an idle one is small
    LIMIT = 256 * 1024  # bytes that may wait here, on top of those 64 KiB

    def __init__(self, transport: ITCPTransport) -> None:
        """Becomes the producer of what `transport` sends."""
        self.transport = transport
        self.paused = False
        self.kept: list[bytes] = []
        self.waiting = 0  # bytes in `kept`
        IConsumer(transport).registerProducer(self, streaming=True)

    def write(self, data: bytes) -> None:
        """Sends `data`, now or later, unless the client is dropped."""
        if not self.paused:
            self.transport.write(data)
        elif not self.dropped:  # if it is, connectionLost comes in the next turn
            self.kept.append(data)
            self.waiting += len(data)
            if self.dropped:
                self.transport.abortConnection()  # without sending what waits

    @property
    def dropped(self) -> bool:
        """Whether too much waits."""
        return self.waiting > self.LIMIT

    def pauseProducing(self) -> None:
        """Keeps the lines written from now on: the transport has enough to send."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Hands over the waiting lines, until the transport has enough again."""
        self.paused = False
        kept, self.kept, self.waiting = self.kept, [], 0
        for data in kept:
            self.write(data)  # after the next pause, the rest waits here again

    def stopProducing(self) -> None:
        """Required by the interface. `connectionLost` deals with the end."""

    def flush(self) -> None:
        """Hands over everything that waits; from then on, nobody asks for a pause.

        While a producer is registered, loseConnection waits for it to send more, so
        call this first.
        """
        IConsumer(self.transport).unregisterProducer()
        self.resumeProducing()
