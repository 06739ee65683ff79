"""A doorbell on the web."""

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request


class Doorbell(Resource):
    """POST rings, and every client that waits with GET hears it."""

    isLeaf = True
    patience = 30  # seconds

    def __init__(self, clock: IReactorTime) -> None:
        """Takes the reactor, or in a test a Clock."""
        super().__init__()
        self.clock = clock
        self.waiting: set[Request] = set()

    def render_GET(self, request: Request) -> int:
        """Lets a client wait until somebody rings, or until its time is up."""
        self.waiting.add(request)
        time_up = self.clock.callLater(
            self.patience, self.answer, request, b"Nobody rang.\n"
        )

        def waits_no_more(_: object) -> None:
            self.waiting.remove(request)
            if time_up.active():
                time_up.cancel()

        # Called once it is answered or has hung up: one place forgets it.
        request.notifyFinish().addBoth(waits_no_more)
        return NOT_DONE_YET

    def render_POST(self, request: Request) -> bytes:
        """Rings for all waiting clients, and says how many they were."""
        hearing = list(self.waiting)  # a copy: with each answer, the set loses one
        for visitor in hearing:
            self.answer(visitor, b"Ding dong\n")
        request.setHeader(b"content-type", b"text/plain")
        return b"Heard by %d\n" % len(hearing)

    def answer(self, request: Request, text: bytes) -> None:
        """Ends the waiting of one client."""
        request.setHeader(b"content-type", b"text/plain")
        request.write(text)
        request.finish()
