"""A menu with a page for each drink."""

from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

PRICES = {"coffee": 3, "tea": 2}


class Branch(Resource):
    """A resource that has no children but those that were put there."""

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Returns the resource for a part of the path that has no child."""
        return notFound()  # Resource's own would be a page that Twisted deprecates


class Root(Branch):
    """The tree: `/` is the menu, and each drink has a page."""

    def __init__(self) -> None:
        """Puts the children in their places."""
        super().__init__()
        self.putChild(b"", Menu())  # what follows the slash of `/` is empty
        for drink, price in PRICES.items():
            self.putChild(drink.encode(), Drink(price))


class Menu(Branch):
    """Lists the drinks."""

    def render_GET(self, request: Request) -> bytes:
        """Returns the list."""
        request.setHeader(b"content-type", b"text/plain")
        return "".join(f"/{drink}\n" for drink in PRICES).encode()


class Drink(Branch):
    """Says what one drink costs."""

    def __init__(self, price: int) -> None:
        """Takes the price."""
        super().__init__()
        self.price = price

    def render_GET(self, request: Request) -> bytes:
        """Returns the price."""
        request.setHeader(b"content-type", b"text/plain")
        return b"%d euros\n" % self.price
