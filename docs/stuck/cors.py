"""A counter that a script on a page of another site wants to set."""

from browse import browse
from twisted.web.resource import Resource
from twisted.web.server import Request


class Counter(Resource):
    isLeaf = True

    def render_PUT(self, request: Request) -> bytes:
        return b"hello\n"


browse(Counter(), "OPTIONS /", "PUT /", headers=["Origin: http://localhost:3000"])
