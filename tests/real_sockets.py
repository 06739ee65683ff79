"""Gives tests that wait for the real reactor a time limit."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

Arguments = ParamSpec("Arguments")
AsyncTest = Callable[Arguments, Coroutine[Deferred[Any], Any, None]]


def real_sockets(
    seconds: float,
) -> Callable[[AsyncTest[Arguments]], Callable[Arguments, Deferred[None]]]:
    """Gives an `async` test some seconds with the reactor, and forbids leaks.

    The test fails with a TimeoutError after that time. pytest-twisted waits for the
    Deferred that the decorated test returns.
    """

    def decorate(test: AsyncTest[Arguments]) -> Callable[Arguments, Deferred[None]]:
        @pytest.mark.usefixtures("nothing_left_behind")
        @functools.wraps(test)
        def limited(
            *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> Deferred[None]:
            from twisted.internet import reactor

            running = Deferred.fromCoroutine(test(*args, **kwargs))
            return running.addTimeout(seconds, reactor)

        return limited

    return decorate


async def next_turn() -> None:
    """Lets the reactor deal with what has happened meanwhile."""
    from twisted.internet import reactor

    await deferLater(reactor, 0)
