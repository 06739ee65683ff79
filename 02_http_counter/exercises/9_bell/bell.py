"""A bell that streams: your turn is in `Bell`, and in a class of your own."""

from twisted.web.resource import Resource
from twisted.web.server import Request


class Bell(Resource):
    """POST rings, and everybody who listens with GET hears each ring."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """Answers at once. Your turn: never end the answer, and stream the rings."""
        request.setHeader(b"content-type", b"text/event-stream")
        return b""

    def render_POST(self, request: Request) -> bytes:
        """Rings. Your turn: for everybody who listens, and count them."""
        request.setHeader(b"content-type", b"text/plain")
        return b"Heard by 0\n"
