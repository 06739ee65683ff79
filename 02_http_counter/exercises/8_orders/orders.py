"""A café that takes orders in JSON: your turn is in `render_POST`."""

import json

from twisted.web.resource import Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}
MOST = 100  # cups


class Orders(Resource):
    """POST orders a drink, and is told what it costs."""

    isLeaf = True

    def render_POST(self, request: Request) -> bytes:
        """Returns the price of an order. Your turn: read it, and refuse bad ones."""
        return json.dumps({"euros": 0}).encode()


def body_of(request: Request) -> bytes:
    """Returns the body of a request."""
    return request.content.read() if request.content else b""
