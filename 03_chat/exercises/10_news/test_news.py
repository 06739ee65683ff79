"""What a chat that announces the news has to do; here the test makes the news."""

from news import NewsFactory
from twisted.internet import defer
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from docs.machinery.exercises.case import Client, ServerCase

# A text, an error, what will be one of the two, or what is raised at once.
News = str | Exception | Deferred[str] | type[Exception]


class NewsTests(ServerCase):
    """Alice is in the lobby, and reads the news or does not."""

    def make_factory(self, clock: IReactorTime) -> NewsFactory:
        """Returns what listens; the second time, it has no news."""
        self.next: list[News] = ["Tea is ready", ConnectionLost(), "Cake is ready"]
        return NewsFactory(clock, self.news)

    def news(self) -> Deferred[str]:
        """Returns what the test has prepared, or raises an error of that kind."""
        news = self.next.pop(0) if self.next else "Nothing new"
        match news:
            case str():
                return succeed(news)
            case Exception():
                return fail(news)
            case Deferred():
                return news
        raise news

    def guest(self, name: str = "Alice") -> Client:
        """Returns a new client that has read the greeting."""
        client = self.connect(name)
        client.clear()
        return client

    def prepare(self, *news: News) -> None:
        """Has these be the next news."""
        self.next = list(news)

    def logged(self, *kinds: type[Exception]) -> None:
        """Expects just these errors in the log."""
        told = [failure.type for failure in self.flushLoggedErrors()]
        names = ", ".join(kind.__name__ for kind in told) or "nothing"
        wanted = ", ".join(kind.__name__ for kind in kinds) or "nothing"
        should = f"The log should have {wanted}, but has {names}."
        self.check(told == list(kinds), should)

    def test_announces_every_minute(self) -> None:
        """Each minute, Alice reads one line of news, and not before."""
        self.prepare("It rains", "It snows")
        alice = self.guest()
        self.wait(59)
        alice.hears()
        self.wait(1)
        alice.hears("* It rains")
        self.wait(60)
        alice.hears("* It snows")

    def test_tells_the_lobby(self) -> None:
        """A client that has left the lobby reads nothing; all members read it."""
        self.prepare("It rains")
        alice, bob, carol = map(self.guest, ["Alice", "Bob", "Carol"])
        bob.says("/leave #lobby")
        for guest in (alice, bob, carol):
            guest.clear()
        self.wait(60)
        alice.hears("* It rains")
        bob.hears()
        carol.hears("* It rains")

    def test_survives_failing_news(self) -> None:
        """After an error in its Deferred, whatever it is, there is news again."""
        self.prepare(ValueError("no news"), ConnectionLost())
        alice = self.guest()
        self.wait(120)
        alice.hears()
        self.flushLoggedErrors()
        self.wait(60)
        alice.hears("* Nothing new")

    def test_survives_a_call_that_fails(self) -> None:
        """After an error in the call itself, there is news again, too."""
        self.prepare(KeyError, OSError)
        alice = self.guest()
        self.wait(120)
        alice.hears()
        self.flushLoggedErrors()
        self.wait(60)
        alice.hears("* Nothing new")

    def test_logs_each_error(self) -> None:
        """The log has each announcement that failed."""
        self.guest()
        self.prepare(ValueError("no news"), "It rains")
        self.wait(120)
        self.logged(ValueError)
        self.prepare(ConnectionLost())
        self.wait(60)
        self.logged(ConnectionLost)

    def test_waits_for_slow_news(self) -> None:
        """News that takes nine seconds is announced then."""
        self.prepare(deferLater(self.clock, 69, str, "It has rained"))
        alice = self.guest()
        self.wait(68)
        alice.hears()
        self.wait(1)
        alice.hears("* It has rained")

    def test_gives_up_in_time(self) -> None:
        """No answer within ten seconds is an error, too."""
        never: Deferred[str] = Deferred()
        self.prepare(never)
        self.guest()
        self.wait(69)
        self.check(not never.called, "The question should not be canceled yet.")
        self.wait(1)
        self.check(never.called, "The question should be canceled now.")
        self.logged(defer.TimeoutError)

    def test_goes_on_in_time(self) -> None:
        """There is news at the full minute, even if the last took long."""
        self.prepare(Deferred())
        alice = self.guest()
        self.wait(119)
        alice.hears()
        self.wait(1)
        alice.hears("* Nothing new")
        self.flushLoggedErrors()

    def test_does_not_mind_an_empty_lobby(self) -> None:
        """When nobody has been there, the next guest reads the next news."""
        self.wait(60)
        self.flushLoggedErrors()
        alice = self.guest()
        self.prepare("It rains")
        self.wait(60)
        alice.hears("* It rains")

    def test_stops_with_the_server(self) -> None:
        """A server that has closed announces nothing, and has no timer."""
        self.prepare()
        self.wait(60)
        self.happens("The server closes", self.factory.doStop)
        timers = self.clock.getDelayedCalls()
        self.check(not timers, f"No timer should be left, but there is {len(timers)}.")

    def test_closes_while_it_waits(self) -> None:
        """A server that closes drops its open question, and has no timer."""
        never: Deferred[str] = Deferred()
        self.prepare(never)
        self.wait(65)
        self.happens("The server closes", self.factory.doStop)
        self.check(never.called, "The question should be canceled now.")
        timers = self.clock.getDelayedCalls()
        self.check(not timers, f"No timer should be left, but there is {len(timers)}.")
        self.flushLoggedErrors()

    def test_starts_again(self) -> None:
        """A server that is opened again announces again."""
        self.happens("The server closes", self.factory.doStop)
        self.wait(30)
        self.happens("The server opens", self.factory.doStart)
        self.prepare("Good morning")
        alice = self.guest()
        self.wait(59)
        alice.hears()
        self.wait(1)
        alice.hears("* Good morning")
