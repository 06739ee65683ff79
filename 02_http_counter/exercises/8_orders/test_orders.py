"""What a café that takes orders in JSON has to do."""

import json

from orders import PRICES, Orders
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class OrdersTests(ServerCase):
    """Alice's program orders."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(Orders(), reactor=clock)

    def order(self, body: bytes, status: int) -> dict[str, object]:
        """Returns the object in the answer to a body."""
        alice = self.connect()
        alice.asks("POST", "/", body)
        got = alice.gets(status)
        try:
            answer = json.loads(got)
        except ValueError:
            answer = None
        holds = isinstance(answer, dict)
        self.check(holds, f"The answer should be a JSON object, but is {got!r}.")
        return dict(answer) if isinstance(answer, dict) else {}

    def costs(self, euros: int, **order: object) -> None:
        """Expects that an order costs so much."""
        answer = self.order(json.dumps(order).encode(), 200)
        should = f"The answer should be {{'euros': {euros}}}, but is {answer}."
        self.check(answer == {"euros": euros}, should)

    def refuses(self, *bodies: bytes, word: str = "") -> None:
        """Expects that each body is refused, with a sentence that has a word."""
        for body in bodies:
            error = self.order(body, 400).get("error")
            about = f" with the word {word!r}" if word else ""
            should = f"'error' should be a sentence{about}, but is {error!r}."
            self.check(isinstance(error, str) and error and word in error, should)

    def test_says_what_an_order_costs(self) -> None:
        """Each drink has its price, and each cup costs as much."""
        self.costs(4, drink="tea", cups=2)
        self.costs(3, drink="coffee", cups=1)
        self.costs(300, drink="coffee", cups=100)

    def test_knows_a_new_price(self) -> None:
        """A drink that is added to PRICES can be ordered."""
        self.happens("PRICES gets mate, for 5 euros", lambda: PRICES.update(mate=5))
        self.costs(15, drink="mate", cups=3)

    def test_says_that_it_answers_in_json(self) -> None:
        """The content type is JSON's."""
        alice = self.connect()
        alice.asks("POST", "/", b'{"drink": "tea", "cups": 2}')
        alice.gets(200, Content_Type="application/json")

    def test_says_that_an_error_is_json(self) -> None:
        """A refusal has the status 400, and JSON's content type, too."""
        alice = self.connect()
        alice.asks("POST", "/", b"{}")
        alice.gets(400, Content_Type="application/json")

    def test_refuses_what_is_no_json(self) -> None:
        """A body may be anything, and there may be none."""
        self.refuses(b"tea, please", b"{", b"\xff", b"")

    def test_refuses_brackets_in_brackets(self) -> None:
        """Python can't read JSON that is nested too deeply."""
        self.refuses(b"[" * 100_000)

    def test_refuses_json_that_is_no_object(self) -> None:
        """A list, a text, a number or null is no order."""
        self.refuses(b'["tea", 2]', b'"tea"', b"7", b"null")

    def test_names_the_drink_that_is_missing(self) -> None:
        """An order without a drink is refused."""
        self.refuses(b'{"cups": 2}', word="drink")

    def test_names_the_drink_that_is_unknown(self) -> None:
        """There is no cola."""
        self.refuses(b'{"drink": "cola", "cups": 2}', word="drink")

    def test_takes_nothing_for_a_drink_that_is_no_text(self) -> None:
        """A drink may be a list or an object, which can't be a key of `PRICES`."""
        for drink in (b'["tea"]', b'{"tea": 1}', b"7"):
            self.refuses(b'{"drink": %b, "cups": 2}' % drink, word="drink")

    def test_names_the_cups_that_are_missing(self) -> None:
        """An order without cups is refused."""
        self.refuses(b'{"drink": "tea"}', word="cups")

    def test_takes_only_whole_numbers_of_cups(self) -> None:
        """Neither text nor a half."""
        for cups in (b'"2"', b"1.5", b"[2]"):
            self.refuses(b'{"drink": "tea", "cups": %b}' % cups, word="cups")

    def test_does_not_take_true_for_one(self) -> None:
        """In JSON, true is no number."""
        self.refuses(b'{"drink": "tea", "cups": true}', word="cups")

    def test_takes_1_to_100_cups(self) -> None:
        """No more, and no less."""
        for cups in (0, -1, 101):
            self.refuses(b'{"drink": "tea", "cups": %d}' % cups, word="cups")
