"""A doorbell on the web: your turn is in `Doorbell`."""

from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import Request


class Doorbell(Resource):
    """POST rings, and every client that waits with GET hears it."""

    isLeaf = True
    patience = 30  # seconds

    def __init__(self, clock: IReactorTime) -> None:
        """Takes the reactor, or in a test a Clock."""
        super().__init__()
        self.clock = clock

    def render_GET(self, request: Request) -> bytes:
        """Answers at once. Your turn: only when somebody rings, or after 30 seconds."""
        request.setHeader(b"content-type", b"text/plain")
        return b"Nobody rang.\n"

    def render_POST(self, request: Request) -> bytes:
        """Rings. Your turn: for all waiting clients, and count them."""
        request.setHeader(b"content-type", b"text/plain")
        return b"Heard by 0\n"
