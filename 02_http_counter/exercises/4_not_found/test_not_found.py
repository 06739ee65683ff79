"""What a menu with a page for each drink has to do."""

from not_found import PRICES, Root
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

    def test_has_a_page_for_a_new_drink(self) -> None:
        """A drink that is added to PRICES has a page, and is on the menu."""
        added = "PRICES gets a drink: mate, for 4 euros"
        self.happens(added, lambda: PRICES.update(mate=4))
        self.start_another()
        alice = self.connect()
        alice.asks("GET", "/mate")
        alice.gets(200, b"4 euros\n")
        alice.asks("GET", "/")
        alice.gets(200, b"/coffee\n/tea\n/mate\n")

    def test_has_no_other_page(self) -> None:
        """A path that is not on the menu is answered with the status 404."""
        alice = self.connect()
        for path in ["/cola", "/favicon.ico", "/teapot", "/TEA"]:
            alice.asks("GET", path)
            alice.gets(404)

    def test_has_nothing_below_a_drink(self) -> None:
        """`/tea/green` does not exist, and neither does `/tea/`."""
        alice = self.connect()
        for path in ["/tea/green", "/tea/"]:
            alice.asks("GET", path)
            alice.gets(404)

    def test_has_nothing_below_the_menu(self) -> None:
        """`//tea` does not exist, and neither does `//`."""
        alice = self.connect()
        for path in ["//tea", "//"]:
            alice.asks("GET", path)
            alice.gets(404)

    def test_takes_a_path_that_is_no_text(self) -> None:
        """A path may hold any bytes, such as `%FF`; none of them is a drink."""
        alice = self.connect()
        alice.asks("GET", "/%FF")
        alice.gets(404)
