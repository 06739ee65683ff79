"""What the tests of exercises about Deferreds share: results that come later.

When something is wrong, the test fails with the story so far, and with what should
have come of it: `main is called. main should wait, but returns None.`
"""

import gc
from collections.abc import Callable

from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase


class Result:
    """What a call gives, now or later: a value, a Deferred, a coroutine, an error."""

    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        """Calls a function, and waits for what comes of it."""
        self.came: list[object] = []
        self.deferred = maybeDeferred(call, *arguments)
        self.deferred.addBoth(self.came.append)

    def __str__(self) -> str:
        """Returns what has come so far, as the end of a sentence."""
        match self.came:
            case []:
                return "waits"
            case [Failure(value=error)]:
                return f"raises {error!r}"
        return f"returns {self.came[0]!r}"

    @property
    def error(self) -> BaseException | None:
        """The error that came of it, if one did."""
        match self.came:
            case [Failure(value=error)]:
                return error
        return None


class ResultCase(SynchronousTestCase):
    """The tests of a function whose result comes later, and whose errors count."""

    longMessage = False  # a complaint is a whole sentence already

    def setUp(self) -> None:
        """Begins a story."""
        gc.collect()  # what another test has left may log its errors now
        self.flushLoggedErrors()
        self.before = set(vars(self))
        self.story: list[str] = []
        self.clock = Clock()

    def tearDown(self) -> None:
        """Expects that no error was lost; a test that has failed has told enough."""
        if not self.story:
            return
        story = " ".join(self.story)
        for name in set(vars(self)) - self.before:
            delattr(self, name)
        gc.collect()  # a Deferred logs its error when Python throws it away
        lost = [failure.value for failure in self.flushLoggedErrors()]
        self.assertFalse(lost, f"{story} Nobody handles {lost}.")

    def wait(self, seconds: float) -> None:
        """Lets time pass on the clock, in quarters of a second."""
        self.story.append(f"{seconds:g} seconds pass.")
        self.clock.pump([0.25] * int(seconds * 4))

    def returns(self, result: Result, expected: object) -> None:
        """Expects that something has come."""
        should = f"The result should be {expected!r}, but the call {result}."
        self.check(result.came == [expected], should)

    def fails(self, result: Result, kind: type[BaseException]) -> None:
        """Expects that an error has come."""
        should = f"The call should raise {kind.__name__}, but it {result}."
        self.check(isinstance(result.error, kind), should)

    def waits(self, result: Result) -> None:
        """Expects that nothing has come yet."""
        self.check(not result.came, f"The call should still wait, but {result}.")

    def check(self, holds: object, complaint: str) -> None:
        """Fails the test with the story and a complaint, unless something holds."""
        if not holds:
            told = " ".join([*self.story, complaint])
            self.story.clear()
            self.fail(told)
