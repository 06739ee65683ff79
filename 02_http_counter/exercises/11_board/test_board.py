"""What a board that asks a counter has to do; here the test plays the counter."""

from board import Board
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.web.error import Error

from docs.machinery.exercises.result import Result, ResultCase


class BoardTests(ResultCase):
    """A board asks a counter, which answers or does not."""

    def setUp(self) -> None:
        """Puts up a board."""
        super().setUp()
        self.story.append("A board is put up.")
        self.asked: list[Deferred[str]] = []
        self.shown: list[object] = []
        self.board = self.put_up()

    def put_up(self) -> Board:
        """Returns a board that asks this test."""
        return Board(self.ask, self.shown.append)

    def ask(self) -> Deferred[str]:
        """Notes a question, which the test answers later."""
        self.asked.append(Deferred())
        return self.asked[-1]

    def test_shows_the_number(self) -> None:
        """The number in the counter's answer is shown."""
        self.answers("I am request #12\n")
        self.shows(12)

    def test_shows_the_last_number(self) -> None:
        """When the counter is busy, the number that was shown last is shown again."""
        self.answers("I am request #12\n")
        self.answers("I am request #31\n")
        self.answers(Error(503))
        self.shows(12, 31, 31)

    def test_shows_zero_before_the_first_number(self) -> None:
        """A counter that is busy from the beginning makes it 0."""
        self.answers(Error(503))
        first = repr(self.shown[0]) if self.shown else "nothing"
        self.check(first == "0", f"The board should show 0, but shows {first}.")

    def test_is_busy_for_a_while(self) -> None:
        """A counter may be busy several times, and then go on."""
        self.answers("I am request #8\n")
        self.answers(Error(503))
        self.answers(Error(503))
        self.answers("I am request #9\n")
        self.shows(8, 8, 8, 9)

    def test_keeps_boards_apart(self) -> None:
        """Another board, which has shown nothing yet, knows nothing of this one."""
        self.answers("I am request #12\n")
        self.story.append("Another board is put up.")
        self.board = self.put_up()
        self.answers(Error(503))
        self.shows(12, 0)

    def test_passes_on_other_statuses(self) -> None:
        """An Error that is not "busy" is passed on, and nothing is shown."""
        for status in [404, 500]:
            result = self.answers(Error(status))
            self.check(result.error, f"update should fail, but {result}.")
        self.shows()

    def test_passes_on_the_error_itself(self) -> None:
        """The caller gets the counter's own error, which says what the status was."""
        error = Error(418)
        result = self.answers(error)
        should = f"update should fail with just this error, but {result}."
        self.check(result.error is error, should)

    def test_passes_on_a_lost_connection(self) -> None:
        """That the counter cannot be reached is passed on, and nothing is shown."""
        self.fails(self.answers(Refused()), Refused)
        self.shows()

    def test_passes_on_an_answer_without_a_number(self) -> None:
        """An answer that has no number is an error, too, and not "busy"."""
        result = self.answers("Too busy\n")
        self.fails(result, ValueError)
        self.shows()

    def test_passes_on_what_the_display_says(self) -> None:
        """An error in `show` is passed on, even if it looks like "busy"."""
        broken = Error(503, b"No display")

        def show(number: int) -> None:
            self.shown.append(number)
            raise broken

        self.board = Board(self.ask, show)
        result = self.answers("I am request #12\n")
        self.check(
            result.error is broken,
            f"`show` fails with {broken!r}. update should, too, but {result}.",
        )
        self.shows(12)

    def answers(self, answer: str | Exception) -> Result:
        """Returns the result of `update`, once the counter has answered."""
        asked = len(self.asked)
        result = Result(self.board.update)
        questions = len(self.asked) - asked
        self.check(
            questions == 1,
            f"update should ask once, but asks {questions} times, and {result}.",
        )
        self.waits(result)
        self.story.append(f"update asks. The counter answers {answer!r}.")
        if isinstance(answer, Exception):
            self.asked[-1].errback(answer)
        else:
            self.asked[-1].callback(answer)
        return result

    def shows(self, *expected: int) -> None:
        """Expects that just these have been shown."""
        told = ", ".join(map(repr, self.shown)) or "nothing"
        wanted = ", ".join(map(repr, expected)) or "nothing"
        self.check(
            self.shown == list(expected),
            f"The board should have shown {wanted}, but has shown {told}.",
        )
