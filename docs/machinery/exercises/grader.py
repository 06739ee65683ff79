"""What exercises share in which the learner writes the tests: good and bad servers."""

import reprlib
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any
from unittest import TestCase, defaultTestLoader

from twisted.trial.unittest import SynchronousTestCase

from docs.machinery.exercises.judge import Errors, named

SHOWN = 4  # calls of a test


class GradingCase(SynchronousTestCase):
    """Grades `written`: tests that find in `self.server` what they are to test."""

    longMessage = False  # a complaint is a whole sentence already
    written: type[TestCase]

    def accepts(self, server: type) -> None:
        """Expects that all tests pass with a good server."""
        for name, error in self.raised_with(server, {}).items():
            raise self.failureException(
                f"{name} fails, though {server.__name__} is right: {tell(error)}."
            ) from error

    def notices(self, server: type, question: str) -> None:
        """Expects that a test fails with a bad server, because it compares."""
        calls: dict[str, list[str]] = {}
        raised = self.raised_with(server, calls)
        self.assertTrue(
            raised,
            f"{server.__name__} passes all your tests. The calls that they make:\n"
            f"{tell_calls(calls)}{question}",
        )
        if not any(isinstance(error, AssertionError) for error in raised.values()):
            name, error = next(iter(raised.items()))
            raise self.failureException(
                f"{name} meets {server.__name__} and stops with {tell(error)}."
                " That is an accident: a test fails by an assertion."
            ) from error

    def raised_with(
        self, server: type, calls: dict[str, list[str]]
    ) -> dict[str, BaseException]:
        """Returns what the tests that fail with a server raise, by their names.

        Puts what each test has the server do into `calls`.
        """
        names = defaultTestLoader.getTestCaseNames(self.written)
        self.assertTrue(
            names,
            f"There is no test yet: {self.written.__name__} has no method whose name"
            " begins with test_.",
        )
        raised = {}
        for name in names:
            # A class of its own, so that no test leaves anything on it for the next.
            fresh = watched(server, calls.setdefault(name, []))
            case = type(self.written.__name__, (self.written,), {"server": fresh})
            result = Errors()
            case(name).run(result)
            if result.found:
                raised[name] = result.found[0]
        return raised


def watched(server: type, calls: list[str]) -> type:
    """Returns a class like `server` that notes which of its methods others call."""
    inside = False

    def noting(name: str, method: Callable[..., object]) -> Callable[..., object]:
        @wraps(method)
        def noted(*arguments: Any, **named: Any) -> object:  # noqa: ANN401 - any method
            nonlocal inside
            if inside:
                return method(*arguments, **named)
            plain = [reprlib.repr(a) for a in arguments if isinstance(a, bytes | str)]
            calls.append(f"{name}({', '.join(plain)})")
            inside = True
            try:
                return method(*arguments, **named)
            finally:
                inside = False

        return noted

    methods = {
        name: noting(name, method)
        for kind in reversed(server.__mro__)
        if not kind.__module__.startswith(("twisted.", "zope.", "builtins"))
        for name, method in vars(kind).items()
        if isinstance(method, FunctionType) and not name.startswith("_")
    }
    return type(server.__name__, (server,), methods)


def tell_calls(calls: dict[str, list[str]]) -> str:
    """Returns a line about each test: the last things that it has the server do."""
    lines = []
    for test, made in calls.items():
        last = ["…"] * (len(made) > SHOWN) + made[-SHOWN:]
        lines.append(f"    {test}: {', '.join(last) or 'nothing'}\n")
    return "".join(lines)


def tell(error: BaseException) -> str:
    """Returns what an assertion says, or an exception's name and what it says."""
    told = isinstance(error, AssertionError) and str(error)
    return (told or named(error)).removesuffix(".")
