"""What a counter that starts over has to do."""

from reset import ResettableCounter
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class ResetTests(ServerCase):
    """Alice reads the count, and Bob resets it."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(ResettableCounter(), reactor=clock)

    def test_answers_a_post(self) -> None:
        """A client that sends POST reads what it has done."""
        bob = self.connect("Bob")
        bob.asks("POST", "/")
        bob.gets(200, b"The next request is #1\n")

    def test_begins_anew(self) -> None:
        """After a POST, the next GET is number 1 again."""
        alice, bob = self.connect(), self.connect("Bob")
        for number in [1, 2]:
            alice.asks("GET", "/")
            alice.gets(200, b"I am request #%d\n" % number)
        bob.asks("POST", "/")
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #1\n")

    def test_begins_anew_again_and_again(self) -> None:
        """POST is taken on every path, and as often as it comes."""
        alice, bob = self.connect(), self.connect("Bob")
        for path in ["/", "/", "/any/path"]:
            alice.asks("GET", path)
            alice.gets(200, b"I am request #1\n")
            bob.asks("POST", path)
            bob.gets(200)
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #1\n")

    def test_answers_a_post_in_plain_text(self) -> None:
        """The answer to POST says that it is plain text, as the answer to GET does."""
        bob = self.connect("Bob")
        bob.asks("POST", "/")
        bob.gets(200, Content_Type="text/plain")

    def test_get_never_sets_back(self) -> None:
        """GET counts on, on every path."""
        alice = self.connect()
        for number, path in enumerate(["/", "/reset", "/?reset=yes", "/"], start=1):
            alice.asks("GET", path)
            alice.gets(200, b"I am request #%d\n" % number)

    def test_head_never_sets_back(self) -> None:
        """HEAD changes nothing."""
        alice = self.connect()
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #1\n")
        alice.asks("HEAD", "/")
        alice.gets(200, b"")
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #2\n")

    def test_refuses_other_methods(self) -> None:
        """DELETE is refused, as before."""
        bob = self.connect("Bob")
        bob.asks("DELETE", "/")
        bob.gets(501)

    def test_leaves_another_site_alone(self) -> None:
        """A POST to another site in the same process does not reset this one."""
        alice = self.connect()
        self.start_another()
        bob = self.connect("Bob")
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #1\n")
        bob.asks("POST", "/")
        alice.asks("GET", "/")
        alice.gets(200, b"I am request #2\n")
