"""A good counter, and five that break a promise."""

from twisted.web.resource import Resource
from twisted.web.server import Request


class GoodCounter(Resource):
    """Keeps all promises."""

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

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer to request `number`, after setting its headers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")
        return b"I am request #%d\n" % number


class SkipsNumbers(GoodCounter):
    """Says #1, #3, #5."""

    def render_GET(self, request: Request) -> bytes:
        """Counts twice."""
        self.count += 1
        answer = self.body(request, self.count)
        self.count += 1
        return answer


class CountsHead(GoodCounter):
    """Takes HEAD for a visit."""

    def render_HEAD(self, request: Request) -> bytes:
        """Counts."""
        return self.render_GET(request)


class TakesPost(GoodCounter):
    """Takes POST for a GET."""

    def render_POST(self, request: Request) -> bytes:
        """Counts, instead of leaving it to Twisted to refuse."""
        return self.render_GET(request)


class SharesItsCount(GoodCounter):
    """Counts the requests of all sites together."""

    total = 0

    def render_GET(self, request: Request) -> bytes:
        """Counts for the class, which all sites share."""
        type(self).total += 1
        return self.body(request, self.total)


class MayBeKept(GoodCounter):
    """Lets caches keep its answers."""

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer without saying `no-store`."""
        request.setHeader(b"content-type", b"text/plain")
        return b"I am request #%d\n" % number
