"""The guard around real-socket tests: what it must catch, it catches."""

from collections.abc import Callable

import pytest

from tests import ROOT

Guarded = Callable[[str], pytest.RunResult]

# The body of an async test, and what its failure must say. Each is run by a pytest of
# its own, beside the course's conftest.
LEAKS = {
    "a timer": ("reactor.callLater(60, print)", "DelayedCall"),
    "a port": (
        'await serverFromString(reactor, "tcp:0").listen(Factory())',
        "Port",
    ),
    "a logged error": ('Logger().failure("", Failure(KeyError("key")))', "KeyError"),
    "an unhandled Deferred": ('fail(LookupError("gone"))', "LookupError"),
    "an endless wait": ("await Deferred()", "TimeoutError"),
}

TEST = """
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure
from tests.real_sockets import real_sockets

@real_sockets(seconds=0.1)
async def test_under_guard():
    {body}
"""


@pytest.fixture
def guarded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """Runs one async test with that body under the guard, in a folder of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text("utf-8"))

    def run(body: str) -> pytest.RunResult:
        pytester.makepyfile(TEST.format(body=body))
        return pytester.runpytest_subprocess("-p", "no:cacheprovider")

    return run


@pytest.mark.parametrize(("body", "complaint"), LEAKS.values(), ids=LEAKS)
def test_a_leak_fails_its_test(guarded: Guarded, body: str, complaint: str) -> None:
    """A test that leaves something behind, or waits for ever, fails and says why."""
    result = guarded(body)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"E *{complaint}*"])


def test_a_clean_test_passes(guarded: Guarded) -> None:
    """A test that closes what it opens passes."""
    listen = 'await serverFromString(reactor, "tcp:0").listen(Factory())'
    guarded(f"await ({listen}).stopListening()").assert_outcomes(passed=1)
