"""What a menu with a page for each drink has to do."""

from not_found import Root
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class NotFoundTests(ServerCase):
    """A guest looks for drinks."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(Root(), reactor=clock)

    def test_has_a_page_for_each_drink(self) -> None:
        """`/coffee` and `/tea` say what the drink costs."""
        alice = self.connect()
        for path, price in [("/coffee", b"3 euros\n"), ("/tea", b"2 euros\n")]:
            alice.asks("GET", path)
            alice.gets(200, price)

    def test_lists_the_drinks(self) -> None:
        """`/` is the menu."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.gets(200, b"/coffee\n/tea\n")

    def test_has_no_other_page(self) -> None:
        """What is not on the menu is answered with the status 404."""
        alice = self.connect()
        for path in ["/cola", "/favicon.ico", "/teapot"]:
            alice.asks("GET", path)
            alice.gets(404)

    def test_has_nothing_below_a_drink(self) -> None:
        """`/tea/green` does not exist, and neither does `/tea/`."""
        alice = self.connect()
        for path in ["/tea/green", "/tea/"]:
            alice.asks("GET", path)
            alice.gets(404)

    def test_takes_a_path_that_is_no_text(self) -> None:
        """A path may hold any bytes, such as `%FF`; none of them is a drink."""
        alice = self.connect()
        alice.asks("GET", "/%FF")
        alice.gets(404)
