"""What a counter for each path has to do."""

from per_path import PathCounter
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Site

from docs.machinery.exercises.case import ServerCase


class PerPathTests(ServerCase):
    """Visitors ask for several paths; no two tests ask for the same."""

    def make_factory(self, clock: IReactorTime) -> Site:
        """Returns what listens."""
        return Site(PathCounter(), reactor=clock)

    def test_counts_each_path_from_one(self) -> None:
        """The first request for a path is number 1, whatever was asked before."""
        alice = self.connect()
        alice.asks("GET", "/tea")
        alice.gets(200, b"I am request #1 for /tea\n")
        alice.asks("GET", "/coffee")
        alice.gets(200, b"I am request #1 for /coffee\n")

    def test_goes_on_where_a_path_was(self) -> None:
        """A path keeps its number while others are asked for."""
        alice = self.connect()
        for path, number in [("/in", 1), ("/out", 1), ("/in", 2), ("/out", 2)]:
            alice.asks("GET", path)
            alice.gets(200, f"I am request #{number} for {path}\n".encode())

    def test_takes_the_path_as_a_whole(self) -> None:
        """`/music`, `/music/loud`, `/music/` and `/Music` are four paths."""
        alice = self.connect()
        for path in ["/music", "/music/loud", "/music/", "/Music"]:
            alice.asks("GET", path)
            alice.gets(200, f"I am request #1 for {path}\n".encode())

    def test_leaves_the_query_out(self) -> None:
        """The part after a question mark does not belong to the path."""
        alice = self.connect()
        for number in [1, 2]:
            alice.asks("GET", f"/milk?litres={number}")
            alice.gets(200, b"I am request #%d for /milk\n" % number)

    def test_head_counts_nothing(self) -> None:
        """HEAD asks for the headers of the next GET, and takes no number."""
        alice = self.connect()
        for _ in range(2):
            alice.asks("HEAD", "/later")
            alice.gets(200, b"")
        alice.asks("GET", "/later")
        alice.gets(200, b"I am request #1 for /later\n")

    def test_head_is_that_of_the_next_get(self) -> None:
        """After nine GETs, HEAD says how long the answer to the tenth will be."""
        alice = self.connect()
        for _ in range(9):
            alice.asks("GET", "/ten")
            alice.gets(200)
        alice.asks("HEAD", "/ten")
        answer = b"I am request #10 for /ten\n"
        alice.gets(200, b"", Content_Length=str(len(answer)))

    def test_counts_apart_from_another_site(self) -> None:
        """A second site in the same process has numbers of its own."""
        alice = self.connect()
        alice.asks("GET", "/home")
        alice.gets(200, b"I am request #1 for /home\n")
        self.start_another()
        bob = self.connect("Bob")
        for client, number in [(alice, 2), (bob, 1)]:
            client.asks("GET", "/home")
            client.gets(200, b"I am request #%d for /home\n" % number)
