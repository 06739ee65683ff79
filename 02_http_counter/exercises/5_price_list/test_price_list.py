"""What a price list for people and for programs has to do."""

import json

from price_list import PRICES, PriceList
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import Client, ServerCase

TEXT = b"coffee: 3 euros\ntea: 2 euros\n"


class PriceListTests(ServerCase):
    """Alice and a program want to know the prices."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(PriceList(), reactor=clock)

    def gets_json(self, program: Client, **prices: int) -> None:
        """Expects these prices as JSON, in any order and with any spaces."""
        body = program.gets(200)
        try:
            holds = json.loads(body) == prices
        except ValueError:
            holds = False
        self.check(
            holds,
            f"The body should be {json.dumps(prices)!r} as bytes, but is {body!r}.",
        )

    def test_a_program_reads_json(self) -> None:
        """A client that accepts `application/json` gets JSON."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        self.gets_json(program, coffee=3, tea=2)

    def test_knows_every_drink(self) -> None:
        """A drink that is added to PRICES is in the JSON, and in the text."""
        added = "PRICES gets a drink: mate, for 4 euros"
        self.happens(added, lambda: PRICES.update(mate=4))
        self.start_another()
        alice = self.connect()
        alice.asks("GET", "/", Accept="application/json")
        self.gets_json(alice, coffee=3, tea=2, mate=4)
        alice.asks("GET", "/")
        alice.gets(200, TEXT + b"mate: 4 euros\n")

    def test_says_that_json_is_json(self) -> None:
        """The content type of JSON is `application/json`."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        program.gets(200, Content_Type="application/json")

    def test_finds_json_among_others(self) -> None:
        """Accept may hold several types, each with its weight, in any order."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json, text/plain;q=0.5")
        self.gets_json(program, coffee=3, tea=2)
        program.asks("GET", "/", Accept="text/plain;q=0.5,application/json")
        self.gets_json(program, coffee=3, tea=2)

    def test_who_accepts_nothing_reads_text(self) -> None:
        """Without the header Accept, the answer is text, as it was."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.gets(200, TEXT, Content_Type="text/plain")

    def test_who_accepts_anything_reads_text(self) -> None:
        """A browser, which accepts everything but does not name JSON, gets text."""
        alice = self.connect()
        alice.asks("GET", "/", Accept="text/html, */*;q=0.8")
        alice.gets(200, TEXT, Content_Type="text/plain")

    def test_who_accepts_something_like_json_reads_text(self) -> None:
        """`application/ld+json` is another type than `application/json`."""
        alice = self.connect()
        alice.asks("GET", "/", Accept="application/ld+json, image/png")
        alice.gets(200, TEXT, Content_Type="text/plain")

    def test_warns_caches_of_the_json(self) -> None:
        """JSON comes with `Vary: Accept`: it is not for every client."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        program.gets(200, Vary="Accept")

    def test_warns_caches_of_the_text(self) -> None:
        """Text comes with `Vary: Accept` as well."""
        alice = self.connect()
        alice.asks("GET", "/", Accept="text/plain")
        alice.gets(200, Vary="Accept")

    def test_warns_caches_of_every_text(self) -> None:
        """Text for a client without an `Accept` comes with `Vary: Accept`, too."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.gets(200, Vary="Accept")
