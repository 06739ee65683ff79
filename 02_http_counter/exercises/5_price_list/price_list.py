"""A price list for people and for programs: your turn is in `render_GET`."""

from twisted.web.resource import Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}


class PriceList(Resource):
    """Says what each drink costs."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """Returns the prices as text."""
        # Your turn: for a program that asks for JSON, return JSON.
        request.setHeader(b"content-type", b"text/plain")
        lines = [f"{drink}: {price} euros\n" for drink, price in PRICES.items()]
        return "".join(lines).encode()
