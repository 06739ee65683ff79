"""A bell that streams."""

from twisted.internet.interfaces import IPushProducer
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer


@implementer(IPushProducer)
class Listener:
    """A client that listens. While it is slow, only the newest ring waits for it."""

    def __init__(self, request: Request) -> None:
        """Becomes the producer of the answer to a request."""
        self.request = request
        self.slow = False
        self.missed = b""
        request.registerProducer(self, streaming=True)

    def hear(self, event: bytes) -> None:
        """Sends an event at once, or keeps it instead of an older one."""
        if self.slow:
            self.missed = event
        else:
            self.request.write(event)

    def pauseProducing(self) -> None:
        """Begins to keep events: too much waits to be sent."""
        self.slow = True

    def resumeProducing(self) -> None:
        """Sends what was kept: the client has read everything else."""
        self.slow = False
        missed, self.missed = self.missed, b""
        self.hear(missed)

    def stopProducing(self) -> None:
        """Does nothing: `notifyFinish` tells that the client has left."""


class Bell(Resource):
    """POST rings, and everybody who listens with GET hears each ring."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.rings = 0
        self.listeners: set[Listener] = set()

    def render_GET(self, request: Request) -> int:
        """Begins an answer that ends when the client leaves."""
        request.setHeader(b"content-type", b"text/event-stream")
        listener = Listener(request)
        listener.hear(b": listening\n\n")
        self.listeners.add(listener)
        request.notifyFinish().addErrback(lambda _: self.listeners.remove(listener))
        return NOT_DONE_YET

    def render_POST(self, request: Request) -> bytes:
        """Rings for everybody who listens, and says how many they are."""
        self.rings += 1
        for listener in self.listeners:
            listener.hear(b"data: Ring %d\n\n" % self.rings)
        request.setHeader(b"content-type", b"text/plain")
        return b"Heard by %d\n" % len(self.listeners)
