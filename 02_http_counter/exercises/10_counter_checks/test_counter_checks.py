"""What tests of a counter have to do: let a good one pass, and notice bad ones."""

from counter_checks import CounterTests
from six_counters import (
    CountsHead,
    GoodCounter,
    MayBeKept,
    SharesItsCount,
    SkipsNumbers,
    TakesPost,
)

from docs.machinery.exercises.grader import GradingCase


class CounterTestsTests(GradingCase):
    """The learner's tests meet one counter after another."""

    written = CounterTests

    def test_the_good_counter_passes(self) -> None:
        """A counter that keeps its promises passes every test."""
        self.accepts(GoodCounter)

    def test_skipped_numbers_are_noticed(self) -> None:
        """A counter that says #1, #3, #5 fails a test."""
        self.notices(SkipsNumbers, "How often does a client of your tests ask?")

    def test_a_counted_head_is_noticed(self) -> None:
        """A counter that counts HEAD fails a test."""
        self.notices(CountsHead, "What would a client have to ask after a HEAD?")

    def test_a_taken_post_is_noticed(self) -> None:
        """A counter that answers POST as if it were GET fails a test."""
        self.notices(TakesPost, "With which methods do your tests ask?")

    def test_a_shared_count_is_noticed(self) -> None:
        """A counter that counts the requests of all sites together fails a test."""
        self.notices(SharesItsCount, "How many sites are there in your tests?")

    def test_a_kept_answer_is_noticed(self) -> None:
        """A counter that lets caches keep its answers fails a test."""
        self.notices(MayBeKept, "Which part of an answer do your tests never read?")
