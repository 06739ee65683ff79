"""What a guest has to do who asks others; here the test plays the server."""

import gc
from typing import Any

from asker import Asker
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from docs.machinery.exercises.case import Client, ServerCase
from docs.machinery.exercises.result import Result

GREETING = "* You are guest7"
NEVER_MIND = "/msg bob Never mind."
MANY = 100  # objects; a thousand questions have more


class AskerTests(ServerCase):
    """The guest asks Bob and Carol, who answer or do not."""

    def make_factory(self, clock: IReactorTime) -> Factory[Any]:
        """Returns what connects: a guest who asks Bob when it is greeted."""

        class Guest(Asker):
            def lineReceived(self, line: bytes) -> None:
                super().lineReceived(line)
                if line == GREETING.encode():
                    asked = self.ask("bob", "Tea?").addTimeout(30, clock)
                    asked.addErrback(lambda _failure: None)

        return Factory.forProtocol(Guest)

    def setUp(self) -> None:
        """Connects the guest."""
        super().setUp()
        self.server = self.join("The server")

    def join(self, name: str) -> Client:
        """Returns the server that another guest has connected to."""
        server = Client(name, self)
        self.clients.append(server)
        self.happens("A guest connects", lambda: server.connect(self.factory))
        return server

    def ask(self, nick: str, question: str, server: Client | None = None) -> Result:
        """Returns the result of a question, which the server has read."""
        server = server or self.server
        guest: Any = server.protocol
        results: list[Result] = []
        self.happens(
            f"The guest asks {nick} {question!r}",
            lambda: results.append(Result(guest.ask, nick, question)),
        )
        server.hears(f"/msg {nick} {question}")
        return results[0]

    def cancel(self, result: Result) -> None:
        """Has the guest lose interest in a question."""
        self.happens("The guest cancels that question", result.deferred.cancel)

    def is_answered(self, result: Result, expected: str) -> None:
        """Expects that a question has just this answer."""
        should = f"The answer should be {expected!r}, but the question {result}."
        self.check(result.came == [expected], should)

    def waits(self, result: Result) -> None:
        """Expects that a question is still open."""
        self.check(not result.came, f"The question should wait, but {result}.")

    def test_hands_over_the_answer(self) -> None:
        """What Bob says is the answer, if it is not canceled."""
        tea = self.ask("bob", "Biscuits?")
        self.server.says("<bob> Two, please")
        self.is_answered(tea, "Two, please")

    def test_fails_when_it_is_canceled(self) -> None:
        """The caller gets a CancelledError."""
        tea = self.ask("bob", "Tea?")
        self.cancel(tea)
        should = f"There should be a CancelledError, but the question {tea}."
        self.check(isinstance(tea.error, CancelledError), should)

    def test_tells_bob(self) -> None:
        """Bob reads that the question is no longer open, and reads it once."""
        tea = self.ask("bob", "Tea?")
        self.cancel(tea)
        self.server.hears(NEVER_MIND)
        self.cancel(tea)
        self.server.hears()

    def test_gives_the_answer_to_the_waiting_client(self) -> None:
        """The next answer is for the next question, whichever was canceled."""
        for canceled in range(3):
            asked = [self.ask("bob", question) for question in ["A?", "B?", "C?"]]
            self.cancel(asked.pop(canceled))
            self.server.clear()
            self.server.says("<bob> One")
            self.server.says("<bob> Two")
            self.is_answered(asked[0], "One")
            self.is_answered(asked[1], "Two")

    def test_leaves_other_questions_open(self) -> None:
        """Neither Bob's other question nor Carol's is canceled as well."""
        tea, cake = self.ask("bob", "Tea?"), self.ask("bob", "Cake?")
        milk = self.ask("carol", "Milk?")
        self.cancel(tea)
        self.waits(cake)
        self.waits(milk)
        self.server.stays()
        self.server.clear()
        self.server.says("<carol> No milk")
        self.is_answered(milk, "No milk")

    def test_ignores_a_late_answer(self) -> None:
        """What Bob says to a question that was canceled is nobody's answer."""
        self.cancel(self.ask("bob", "Tea?"))
        self.server.clear()
        self.server.says("<bob> Sorry, I was away")
        again = self.ask("bob", "Coffee?")
        self.waits(again)
        self.server.says("<bob> Black")
        self.is_answered(again, "Black")

    def test_does_not_tell_after_the_answer(self) -> None:
        """A question that has its answer can't be canceled, and Bob reads nothing."""
        tea = self.ask("bob", "Tea?")
        self.server.says("<bob> Yes")
        self.cancel(tea)
        self.server.hears()
        self.is_answered(tea, "Yes")

    def test_gives_up_in_time(self) -> None:
        """`addTimeout` cancels, too."""
        self.server.says(GREETING)
        self.server.hears("/msg bob Tea?")
        self.wait(30)
        self.server.hears(NEVER_MIND)

    def test_keeps_nothing(self) -> None:
        """A thousand people who were asked and never answered leave no trace."""
        guest: Any = self.server.protocol
        before = size_of(guest)
        for number in range(1000):
            Result(guest.ask, f"guest{number}", "Tea?").deferred.cancel()
        self.story.append("The guest asks 1000 people, and cancels each question.")
        kept = size_of(guest) - before
        self.check(
            kept < MANY, f"The guest should keep nothing, but keeps {kept} objects."
        )

    def test_tells_the_waiting_client_that_the_server_is_gone(self) -> None:
        """When the connection is lost, the questions that are still open fail."""
        tea, cake = self.ask("bob", "Tea?"), self.ask("bob", "Cake?")
        self.cancel(tea)
        self.server.does("disconnects")
        should = f"The open question should fail with the reason, but it {cake}."
        self.check(isinstance(cake.error, ConnectionDone), should)

    def test_keeps_guests_apart(self) -> None:
        """What one guest cancels is still open for another."""
        other = self.join("The other server")
        tea, cake = self.ask("bob", "Tea?"), self.ask("bob", "Cake?")
        theirs = self.ask("bob", "Tea?", other)
        self.cancel(tea)
        other.hears()
        other.says("<bob> Yes")
        self.is_answered(theirs, "Yes")
        self.waits(cake)


def size_of(guest: Asker) -> int:
    """Returns how many lists, dicts, strings and Deferreds a guest keeps."""
    gc.collect()
    seen: dict[int, object] = {}
    todo: list[object] = [vars(guest)]
    while todo:
        kept = todo.pop()
        if id(kept) in seen:
            continue
        seen[id(kept)] = kept
        if isinstance(kept, dict):
            todo += [*kept, *kept.values()]
        elif isinstance(kept, list | tuple | set | Deferred):
            todo += gc.get_referents(kept)
    return len(seen)
