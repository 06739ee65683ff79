"""What tests of a counter have to do: let a good one pass, and notice bad ones."""

from unittest import defaultTestLoader

from counter_checks import CounterTests
from six_counters import (
    CountsHead,
    GoodCounter,
    MayBeKept,
    SharesItsCount,
    SkipsNumbers,
    TakesPost,
)
from twisted.trial.unittest import SynchronousTestCase


class CounterTestsTests(SynchronousTestCase):
    """The tests in CounterTests meet one counter after another."""

    longMessage = False  # a complaint is a whole sentence already

    def test_the_good_counter_passes(self) -> None:
        """A counter that keeps its promises passes every test."""
        for test, error in self.failed_by(GoodCounter).items():
            complaint = f"The good counter fails {test}: {error}"
            raise self.failureException(complaint) from error

    def test_skipped_numbers_are_noticed(self) -> None:
        """A counter that says #1, #3, #5 fails a test."""
        self.check_noticed(SkipsNumbers)

    def test_a_counted_head_is_noticed(self) -> None:
        """A counter that counts HEAD fails a test."""
        self.check_noticed(CountsHead)

    def test_a_taken_post_is_noticed(self) -> None:
        """A counter that answers POST as if it were GET fails a test."""
        self.check_noticed(TakesPost)

    def test_a_shared_count_is_noticed(self) -> None:
        """A counter that counts the requests of all sites together fails a test."""
        self.check_noticed(SharesItsCount)

    def test_a_kept_answer_is_noticed(self) -> None:
        """A counter that lets caches keep its answers fails a test."""
        self.check_noticed(MayBeKept)

    def check_noticed(self, bad: type[GoodCounter]) -> None:
        """Expects a test that the good counter passes, and a bad one fails."""
        unfair = self.failed_by(GoodCounter)
        failed = {t: e for t, e in self.failed_by(bad).items() if t not in unfair}
        if any(isinstance(e, self.failureException) for e in failed.values()):
            return
        for test, error in failed.items():
            complaint = (
                f"{test} does not fail when it meets {bad.__name__}, but breaks off"
                f" with {error!r}. Say with an assertion what you expect."
            )
            raise self.failureException(complaint) from error
        self.fail(
            f"No test tells {bad.__name__} from the good counter."
            " What would a client have to do to notice?"
        )

    def failed_by(self, counter: type[GoodCounter]) -> dict[str, Exception]:
        """Returns the tests that a counter fails, and what they raise."""
        names = defaultTestLoader.getTestCaseNames(CounterTests)
        if not names:
            self.fail("There is no test yet: no method whose name begins with `test_`.")
        failed = {}
        for name in names:
            SharesItsCount.total = 0  # no test leaves a count behind for the next
            case = CounterTests(name)
            case.counter = counter
            try:
                case.debug()  # as `run`, but lets an exception pass
            except Exception as error:
                failed[name] = error
        return failed
