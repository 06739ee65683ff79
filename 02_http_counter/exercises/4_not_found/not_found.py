"""A menu with a page for each drink: your turn is in `Root`, and then below."""

from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}


class Root(Resource):
    """The tree."""

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Returns the resource for a part of the path that has no child."""
        return Menu()  # Your turn: each path has its resource, or is 404.


class Menu(Resource):
    """Lists the drinks."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """Returns the list."""
        request.setHeader(b"content-type", b"text/plain")
        return "".join(f"/{drink}\n" for drink in PRICES).encode()


class Drink(Resource):
    """Says what one drink costs."""

    isLeaf = True

    def __init__(self, price: int) -> None:
        """Takes the price."""
        super().__init__()
        self.price = price

    def render_GET(self, request: Request) -> bytes:
        """Returns the price."""
        request.setHeader(b"content-type", b"text/plain")
        return b"%d euros\n" % self.price
