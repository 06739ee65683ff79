"""Shared by both streams: a counter that announces each number, and its site."""

from small_bodies import RequestCounter, SmallBodySite
from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import Request


class EventStream(Resource):
    """Answers with server-sent events, which a subclass sends."""

    isLeaf = True

    def render_HEAD(self, request: Request) -> bytes:
        """Sets the headers of a stream. An answer to HEAD has nothing else."""
        request.setHeader(b"content-type", b"text/event-stream")
        request.setHeader(b"cache-control", b"no-store")
        return b""

    def tell(self, number: int) -> None:
        """Sends a number to everybody who watches."""
        raise NotImplementedError


class ToldCounter(RequestCounter):
    """The counter of the stage, which tells a stream each number."""

    def __init__(self, numbers: EventStream) -> None:
        super().__init__()
        self.numbers = numbers

    def render_GET(self, request: Request) -> bytes:
        """Counts, tells, and answers."""
        answer = super().render_GET(request)
        self.numbers.tell(self.count)
        return answer


class StreamSite(SmallBodySite):
    """The counter at `/`, and the stream of its numbers at `/numbers`."""

    def __init__(self, reactor: IReactorTime, numbers: EventStream) -> None:
        root = Resource()
        root.putChild(b"", ToldCounter(numbers))
        root.putChild(b"numbers", numbers)
        super().__init__(reactor, root)
