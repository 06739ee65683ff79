"""A page on which a number changes when somebody asks: server-sent events, step 2."""

from live_page import Page
from small_bodies import serve
from told_counter import EventStream, StreamSite
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.web.server import NOT_DONE_YET, Request
from watcher import Watcher


class LiveNumbers(EventStream):
    """GET gets the newest number, and then each new one, however slow its client is."""

    def __init__(self, reactor: IReactorTime) -> None:
        super().__init__()
        self.reactor = reactor
        self.watchers: set[Watcher] = set()
        self.newest = b"data: 0\n\n"
        self.beat = LoopingCall(self.write_newest)
        self.beat.clock = reactor  # in a test, a Clock
        self.beat.start(15, now=False)

    def render_GET(self, request: Request) -> int:
        """Begins an answer, and keeps the request until its client leaves."""
        self.render_HEAD(request)
        watcher = Watcher(request, self.reactor)
        watcher.write(self.newest)
        self.watchers.add(watcher)
        request.notifyFinish().addErrback(lambda _left: self.watchers.remove(watcher))
        return NOT_DONE_YET

    def tell(self, number: int) -> None:
        """Sends a number to everybody who watches."""
        self.newest = b"data: %d\n\n" % number
        self.write_newest()

    def write_newest(self) -> None:
        """Sends the newest number to everybody. The beat calls this, too."""
        for watcher in self.watchers:
            watcher.write(self.newest)


class LiveSite(StreamSite):
    """Has the page at `/watch`, too."""

    def __init__(self, reactor: IReactorTime) -> None:
        super().__init__(reactor, LiveNumbers(reactor))
        self.resource.putChild(b"watch", Page())


if __name__ == "__main__":
    serve("Live count", LiveSite)
