"""What tests with real sockets share; importing it must not start a reactor."""

import gc
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.base import DelayedCall
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """Lets tests interrupt what they start, even if a shell's `&` started pytest."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # which children inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest_twisted.async_yield_fixture
async def nothing_left_behind() -> AsyncIterator[None]:
    """Fails a test that leaves a socket, a timer or a logged error behind.

    pytest-twisted runs all tests on one reactor and notices none of these, so a
    leak would show up later, as a failure of some other test.
    """
    from twisted.internet import reactor

    def held() -> set[Any]:
        return {
            *reactor.getReaders(),
            *reactor.getWriters(),
            *reactor.getDelayedCalls(),
        }

    @implementer(ILogObserver)
    def note_error(event: LogEvent) -> None:
        if "log_failure" in event or event.get("isError"):
            errors.append(str(event.get("log_failure") or event))

    errors: list[str] = []
    before = held()
    globalLogPublisher.addObserver(note_error)
    yield
    for _turn in range(100):  # a connection that was just closed needs a few
        await deferLater(reactor, 0)
        if held() <= before:
            break
    leaks = held() - before
    for leak in leaks:
        if isinstance(leak, DelayedCall):
            leak.cancel()
        else:
            reactor.removeReader(leak)
            reactor.removeWriter(leak)
    gc.collect()  # a Deferred reports an unhandled error when it is thrown away
    globalLogPublisher.removeObserver(note_error)
    if leaks or errors:
        pytest.fail("\n".join(["left behind:", *map(str, leaks), *errors]))
