"""What a site that greets has to do."""

from greet import Greeting
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class GreetTests(ServerCase):
    """Visitors say their names, or do not."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(Greeting(), reactor=clock)

    def test_greets_by_name(self) -> None:
        """The name is the argument `name`, as it was written."""
        alice = self.connect()
        alice.asks("GET", "/?name=eve")
        alice.gets(200, b"Hello, eve\n")

    def test_finds_the_name_among_others(self) -> None:
        """Other arguments may stand before the name, and after it."""
        alice = self.connect()
        alice.asks("GET", "/?from=home&name=Eve&to=work")
        alice.gets(200, b"Hello, Eve\n")

    def test_greets_without_a_name(self) -> None:
        """Without a name, the greeting goes to the world, even after a name."""
        alice, bob = self.connect(), self.connect("Bob")
        alice.asks("GET", "/?name=eve")
        bob.asks("GET", "/")
        bob.gets(200, b"Hello, world\n")

    def test_greets_in_every_language(self) -> None:
        """A name may hold any letter, and spaces: Twisted decodes the URL."""
        alice = self.connect()
        alice.asks("GET", "/?name=Ren%C3%A9+Li")
        alice.gets(200, "Hello, René Li\n".encode())

    def test_answers_in_plain_text(self) -> None:
        """The greeting is sent as plain text in UTF-8, whatever the name looks like."""
        alice = self.connect()
        alice.asks("GET", "/?name=%3Cb%3EAda")
        alice.gets(200, b"Hello, <b>Ada\n", Content_Type="text/plain; charset=utf-8")
