"""What a chat that takes its time has to do."""

from rate_limit import CalmFactory
from twisted.internet.interfaces import IReactorTime

from docs.machinery.exercises.case import Client, ServerCase

TOO_FAST = "error: at most 3 lines in 10 seconds"

SAID = 200
GUESTS = 20


class RateLimitTests(ServerCase):
    """Alice, who is guest1, says a lot."""

    def make_factory(self, clock: IReactorTime) -> CalmFactory:
        """Returns what listens."""
        return CalmFactory(clock)

    def guest(self, name: str) -> Client:
        """Returns a new client that has read the greeting."""
        client = self.connect(name)
        client.clear()
        return client

    def test_refuses_a_fourth_line(self) -> None:
        """A fourth line at once is answered with an error, and Alice may stay."""
        alice = self.guest("Alice")
        for word in ["one", "two", "three", "four"]:
            alice.says(f"/msg #lobby {word}")
        alice.hears_last(TOO_FAST)
        alice.stays()

    def test_counts_every_line(self) -> None:
        """Commands count as well, and a new nick does not make a new client."""
        alice = self.guest("Alice")
        for line in ["/nick Alice", "/join #tea", "/msg #tea one"]:
            alice.says(line)
        alice.hears_last("#tea <Alice> one")
        alice.says("/leave #tea")
        alice.hears(TOO_FAST)

    def test_tells_nobody_else(self) -> None:
        """Bob reads three lines of Alice's, and nothing of the fourth."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        for word in ["one", "two", "three", "four"]:
            alice.says(f"/msg #lobby {word}")
        bob.hears(*(f"#lobby <guest1> {word}" for word in ["one", "two", "three"]))

    def test_has_a_limit_for_each_client(self) -> None:
        """That Alice was too fast does not keep Bob from speaking."""
        alice, bob = self.guest("Alice"), self.guest("Bob")
        for word in ["one", "two", "three", "four"]:
            alice.says(f"/msg #lobby {word}")
        bob.says("/msg #lobby hello")
        bob.hears_last("#lobby <guest2> hello")

    def test_shares_nothing_with_another_server(self) -> None:
        """A client that was too fast on one server may speak on another."""
        alice = self.guest("Alice")
        for word in ["one", "two", "three", "four"]:
            alice.says(f"/msg #lobby {word}")
        self.start_another()
        bob = self.guest("Bob")
        bob.says("/msg #lobby hello")
        bob.hears_last("#lobby <guest1> hello")

    def test_forgets_after_ten_seconds(self) -> None:
        """A client that has waited for ten seconds may say another line."""
        alice = self.guest("Alice")
        for word in ["one", "two", "three"]:
            alice.says(f"/msg #lobby {word}")
        self.wait(10)
        alice.says("/msg #lobby four")
        alice.hears_last("#lobby <guest1> four")

    def test_does_not_count_what_it_refused(self) -> None:
        """A client that goes on typing while nothing is obeyed need not wait longer."""
        alice = self.guest("Alice")
        for word in ["one", "two", "three"]:
            alice.says(f"/msg #lobby {word}")
        self.wait(5)
        for _ in range(3):
            alice.says("/msg #lobby hello?")
        self.wait(6)
        alice.says("/msg #lobby four")
        alice.hears_last("#lobby <guest1> four")

    def test_forgets_each_line_by_itself(self) -> None:
        """When the first line counts no longer, the second and third still do."""
        alice = self.guest("Alice")
        alice.says("/msg #lobby one")
        self.wait(9)
        alice.says("/msg #lobby two")
        alice.says("/msg #lobby three")
        self.wait(2)
        alice.says("/msg #lobby four")
        alice.says("/msg #lobby five")
        alice.hears_last("#lobby <guest1> four", TOO_FAST)

    def test_keeps_three_times(self) -> None:
        """The server keeps three times of a client, however many lines it says."""
        alice = self.guest("Alice")

        def talk() -> None:
            for _ in range(SAID):
                alice.says("/msg #lobby hello")
                self.happens("4 seconds pass", lambda: self.clock.advance(4))

        kept = self.grows(talk)
        self.story = [f"Alice says {SAID} lines, one in 4 seconds."]
        self.check(kept < SAID * 20, "The server should forget when most of them came.")

    def test_keeps_nothing_of_a_client_that_has_left(self) -> None:
        """The server keeps nothing of clients that have come and gone."""

        def come_and_go() -> None:
            for _ in range(GUESTS):
                guest = self.guest("A guest")
                guest.says("/msg #lobby hello")
                guest.does("disconnects")
                self.clients.remove(guest)
            self.wait(10)

        kept = self.grows(come_and_go)
        self.story = [f"{GUESTS} guests come, say a line, and leave."]
        self.check(kept < GUESTS * 300, "The server should keep nothing of them.")
