"""What all tests share; importing it must not start a reactor."""

import gc
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.base import DelayedCall
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from tests.authority import LOCALHOST, Authority

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """Lets tests interrupt what they start, even if a shell's `&` started pytest."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # which children inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leaves out what is slow, unless somebody has asked for tests of their choice.

    That is about this course's labs, exercises and pages rather than its stages. A
    learner who has changed a stage should have an answer within a minute.
    """
    chosen = config.option.keyword or config.option.markexpr
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder that holds server.pem: a new key and its certificate for localhost."""
    localhost = Authority.called("localhost")
    pem = localhost.private_key() + localhost.issue(localhost, LOCALHOST)
    (tmp_path / "server.pem").write_bytes(pem)
    return tmp_path
