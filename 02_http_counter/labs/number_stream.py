"""A counter with a stream of its numbers: server-sent events, step 1."""

from small_bodies import serve
from told_counter import EventStream, StreamSite
from twisted.web.server import NOT_DONE_YET, Request


class Numbers(EventStream):
    """GET gets an answer that never ends: each new number, as an event."""

    def __init__(self) -> None:
        super().__init__()
        self.watchers: set[Request] = set()

    def render_GET(self, request: Request) -> int:
        """Begins an answer, and keeps the request until its client leaves."""
        self.render_HEAD(request)
        request.write(b": welcome\n\n")
        self.watchers.add(request)
        request.notifyFinish().addErrback(lambda _left: self.watchers.remove(request))
        return NOT_DONE_YET

    def tell(self, number: int) -> None:
        """Sends a number to everybody who watches."""
        for request in self.watchers:
            request.write(b"data: %d\n\n" % number)


if __name__ == "__main__":
    serve("Number stream", lambda reactor: StreamSite(reactor, Numbers()))
