"""What a price list for people and for programs has to do."""

from price_list import PriceList
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase

TEXT = b"coffee: 3 euros\ntea: 2 euros\n"
JSON = b'{"coffee": 3, "tea": 2}'


class PriceListTests(ServerCase):
    """Alice and a program want to know the prices."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(PriceList(), reactor=clock)

    def test_a_program_reads_json(self) -> None:
        """Whoever accepts `application/json` gets JSON."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        program.gets(200, JSON)

    def test_says_that_json_is_json(self) -> None:
        """The content type of JSON is `application/json`."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        program.gets(200, Content_Type="application/json")

    def test_finds_json_among_others(self) -> None:
        """Accept may hold several types, each with its weight, in any order."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json, text/plain;q=0.5")
        program.gets(200, JSON)
        program.asks("GET", "/", Accept="text/plain;q=0.5,application/json")
        program.gets(200, JSON)

    def test_who_accepts_nothing_reads_text(self) -> None:
        """Without the header Accept, the answer is text, as it was."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.gets(200, TEXT, Content_Type="text/plain")

    def test_who_accepts_anything_reads_text(self) -> None:
        """Whoever does not name `application/json` gets text, as a browser does."""
        alice = self.connect()
        alice.asks("GET", "/", Accept="text/html, */*;q=0.8")
        alice.gets(200, TEXT, Content_Type="text/plain")

    def test_warns_caches_of_the_json(self) -> None:
        """JSON comes with `Vary: Accept`: ask anew for whoever accepts other types."""
        program = self.connect("A program")
        program.asks("GET", "/", Accept="application/json")
        program.gets(200, Vary="Accept")

    def test_warns_caches_of_the_text(self) -> None:
        """Text comes with `Vary: Accept` as well."""
        alice = self.connect()
        alice.asks("GET", "/", Accept="text/plain")
        alice.gets(200, Vary="Accept")
