"""What the course adds to pytest: a guard around sockets, and a short run."""

import pytest

from tests import ROOT

pytestmark = pytest.mark.slow

# One clean test, four that leave something behind, and one that waits forever. They
# are run by a pytest of their own, beside the course's conftest.
TESTS = """
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure
from tests.real_sockets import real_sockets

@real_sockets(seconds=1)
async def test_clean():
    port = await serverFromString(reactor, "tcp:0").listen(Factory())
    await port.stopListening()

@real_sockets(seconds=1)
async def test_timer():
    reactor.callLater(60, print)

@real_sockets(seconds=1)
async def test_port():
    await serverFromString(reactor, "tcp:0").listen(Factory())

@real_sockets(seconds=1)
async def test_logged_error():
    Logger().failure("", Failure(KeyError("key")))

@real_sockets(seconds=1)
async def test_unhandled_deferred():
    fail(LookupError("gone"))

@real_sockets(seconds=0.1)
async def test_endless_wait():
    await Deferred()
"""

MARKED = """
import pytest

def test_quickly():
    pass

@pytest.mark.slow
def test_slowly():
    pass
"""


def test_leaks_and_endless_waits_fail_their_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test but the clean one fails, says why, and leaves the others alone."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    # A leak is found after its test, which has passed by then.
    result.assert_outcomes(passed=5, errors=4, failed=1)
    for name, complaint in [
        ("ERROR at teardown of test_timer", "DelayedCall"),
        ("ERROR at teardown of test_port", "Port"),
        ("ERROR at teardown of test_logged_error", "KeyError"),
        ("ERROR at teardown of test_unhandled_deferred", "LookupError"),
        ("test_endless_wait", "TimeoutError"),
    ]:
        result.stdout.fnmatch_lines([f"*_ {name} _*", f"E *{complaint}*"])


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        ([], 1),
        (["cases"], 2),
        (["-m", "slow"], 1),
        (["-k", "slowly"], 1),
    ],
)
def test_only_a_bare_run_leaves_out_what_is_slow(
    arguments: list[str],
    passed: int,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All tests that somebody has named are run."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    pytester.makeini("[pytest]\ntestpaths = cases\nmarkers = slow")
    pytester.mkdir("cases").joinpath("test_it.py").write_text(MARKED, "utf-8")
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=passed, deselected=2 - passed)
