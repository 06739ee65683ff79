"""A site with a page at / and another below it."""

from browse import browse
from twisted.web.resource import Resource
from twisted.web.server import Request
from twisted.web.static import Data


class Home(Resource):
    def __init__(self) -> None:
        super().__init__()
        self.putChild(b"about", Data(b"hello from about\n", "text/plain"))

    def render_GET(self, request: Request) -> bytes:
        return b"hello from home\n"


browse(Home(), "GET /about", "GET /")
