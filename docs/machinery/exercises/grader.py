"""What exercises share in which the learner writes the tests: good and bad servers."""

from unittest import TestCase, defaultTestLoader

from twisted.trial.unittest import SynchronousTestCase

from docs.machinery.exercises.judge import Errors, named


class GradingCase(SynchronousTestCase):
    """Grades `written`: tests that find in `self.server` what they are to test."""

    longMessage = False  # a complaint is a whole sentence already
    written: type[TestCase]

    def accepts(self, server: type) -> None:
        """Expects that all tests pass with a good server."""
        for name, error in self.raised_with(server).items():
            raise self.failureException(
                f"{name} fails, though {server.__name__} is right: {tell(error)}."
            ) from error

    def notices(self, server: type, question: str) -> None:
        """Expects that a test fails with a bad server, because it compares."""
        raised = self.raised_with(server)
        self.assertTrue(raised, f"{server.__name__} passes all your tests. {question}")
        if not any(isinstance(error, AssertionError) for error in raised.values()):
            name, error = next(iter(raised.items()))
            raise self.failureException(
                f"{name} meets {server.__name__} and stops with {tell(error)}."
                " That is an accident: a test fails by an assertion."
            ) from error

    def raised_with(self, server: type) -> dict[str, BaseException]:
        """Returns what the tests that fail with a server raise, by their names."""
        names = defaultTestLoader.getTestCaseNames(self.written)
        self.assertTrue(
            names,
            f"There is no test yet: {self.written.__name__} has no method whose name"
            " begins with test_.",
        )
        raised = {}
        for name in names:
            # A class of its own, so that no test leaves anything on it for the next.
            fresh = type(server.__name__, (server,), {})
            case = type(self.written.__name__, (self.written,), {"server": fresh})
            result = Errors()
            case(name).run(result)
            if result.found:
                raised[name] = result.found[0]
        return raised


def tell(error: BaseException) -> str:
    """Returns what an assertion says, or an exception's name and what it says."""
    told = isinstance(error, AssertionError) and str(error)
    return (told or named(error)).removesuffix(".")
