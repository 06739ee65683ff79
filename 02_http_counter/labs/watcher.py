"""A client of a stream that may be slow: it waits for one event, and for one minute."""

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.web.server import Request
from zope.interface import implementer


@implementer(IPushProducer)
class Watcher:
    """Sends events at once, or keeps the newest one while 64 KiB wait to be sent."""

    PATIENCE = 60  # seconds

    def __init__(self, request: Request, reactor: IReactorTime) -> None:
        """Takes a request, and becomes the producer of its answer."""
        self.request, self.reactor = request, reactor
        self.newest = b""
        self.deadline: IDelayedCall | None = None  # only while the client is slow
        request.registerProducer(self, streaming=True)

    def write(self, event: bytes) -> None:
        """Sends an event, or puts it in the place of an older one that still waits."""
        if self.deadline:
            self.newest = event
        else:
            self.request.write(event)

    def pauseProducing(self) -> None:
        """Gives the client a minute to read. Called again if more is written."""
        if not self.deadline:
            abort = self.request.channel.forceAbortClient
            self.deadline = self.reactor.callLater(self.PATIENCE, abort)

    def resumeProducing(self) -> None:
        """Sends the newest event: the client has read everything before it."""
        self.stopProducing()
        self.deadline = None
        newest, self.newest = self.newest, b""
        self.write(newest)

    def stopProducing(self) -> None:
        """Stops waiting. Called if the client has gone."""
        if self.deadline and self.deadline.active():
            self.deadline.cancel()
