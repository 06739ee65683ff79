"""A proxy that counts: your turn is in `Proxy`."""

from twisted.web.http import BAD_GATEWAY
from twisted.web.iweb import IAgent
from twisted.web.resource import Resource
from twisted.web.server import Request

SHOP = b"http://127.0.0.1:8080"  # the other server


class Proxy(Resource):
    """Passes each GET on to the shop, and counts the answers."""

    isLeaf = True

    def __init__(self, agent: IAgent) -> None:
        """Takes what sends requests: an Agent, or in a test something like it."""
        super().__init__()
        self.agent = agent

    def render_GET(self, request: Request) -> bytes:
        """Apologizes. Your turn: ask the shop, and pass on what it answers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setResponseCode(BAD_GATEWAY)
        return b"The shop does not answer.\n"
