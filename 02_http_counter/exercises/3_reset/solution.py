"""A counter that starts over when it is told to."""

from twisted.web.resource import Resource
from twisted.web.server import Request


class ResettableCounter(Resource):
    """A resource that knows how often it was asked since it last began."""

    isLeaf = True

    def __init__(self) -> None:
        """Starts before the first request."""
        super().__init__()
        self.count = 0

    def render_GET(self, request: Request) -> bytes:
        """Counts a GET request and returns the body of its answer."""
        self.count += 1
        return self.body(request, self.count)

    def render_HEAD(self, request: Request) -> bytes:
        """Answers as the next GET would, and counts nothing."""
        return self.body(request, self.count + 1)

    def render_POST(self, request: Request) -> bytes:
        """Starts over. GET must not do this: any client may send it at any time."""
        self.count = 0
        request.setHeader(b"content-type", b"text/plain")
        return b"The next request is #1\n"

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer to request `number`, after setting its headers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")
        return b"I am request #%d\n" % number
