"""A counter for each path."""

from collections import Counter

from twisted.web.resource import Resource
from twisted.web.server import Request


class PathCounter(Resource):
    """A resource that knows how often it was asked on each path."""

    isLeaf = True

    def __init__(self) -> None:
        """Starts before the first request."""
        super().__init__()
        # Every path that was ever asked for stays here. On the open internet, where
        # clients make up paths without end, the number of paths would need a bound.
        self.counts = Counter[bytes]()

    def render_GET(self, request: Request) -> bytes:
        """Counts a GET request and returns the body of its answer."""
        self.counts[request.path] += 1
        return self.body(request, self.counts[request.path])

    def render_HEAD(self, request: Request) -> bytes:
        """Answers as the next GET would, and counts nothing."""
        return self.body(request, self.counts[request.path] + 1)

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer to request `number`, after setting its headers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")
        return b"I am request #%d for %b\n" % (number, request.path)
