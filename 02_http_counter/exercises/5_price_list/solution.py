"""A price list for people and for programs."""

import json

from twisted.web.resource import Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}


class PriceList(Resource):
    """Says what each drink costs."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """Returns the prices, as text or as the JSON that a program asks for."""
        # One URL has two answers now: a cache must not mix them up.
        request.setHeader(b"vary", b"Accept")
        # This ignores weights, such as `;q=0.5`: it only looks for the name.
        if b"application/json" in (request.getHeader(b"accept") or b""):
            request.setHeader(b"content-type", b"application/json")
            return json.dumps(PRICES).encode()
        request.setHeader(b"content-type", b"text/plain")
        lines = [f"{drink}: {price} euros\n" for drink, price in PRICES.items()]
        return "".join(lines).encode()
