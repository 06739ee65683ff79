"""A café that takes orders in JSON."""

import json

from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}
MOST = 100  # cups


class Orders(Resource):
    """POST orders a drink, and is told what it costs."""

    isLeaf = True

    def render_POST(self, request: Request) -> bytes:
        """Returns the price of an order, or says what is wrong with it."""
        request.setHeader(b"content-type", b"application/json")
        try:
            answer: dict[str, object] = {"euros": euros_of(body_of(request))}
        except ValueError as error:
            request.setResponseCode(http.BAD_REQUEST)
            answer = {"error": str(error)}
        return json.dumps(answer).encode()


def euros_of(body: bytes) -> int:
    """Returns what an order costs; raises ValueError with a sentence if it is bad."""
    try:
        order = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON") from None
    if not isinstance(order, dict):
        raise ValueError("an order is an object")
    drink, cups = order.get("drink"), order.get("cups")
    if not isinstance(drink, str) or drink not in PRICES:
        raise ValueError("no such drink")
    if type(cups) is not int or not 1 <= cups <= MOST:  # to Python, True is an int
        raise ValueError(f"cups must be a whole number from 1 to {MOST}")
    return PRICES[drink] * cups


def body_of(request: Request) -> bytes:
    """Returns the body of a request."""
    return request.content.read() if request.content else b""
