"""A project's tests start any server, say what keeps it from serving, and tidy up."""

import pytest

from docs.machinery.exercises.apart import judge_apart
from docs.machinery.exercises.folder import projects_of
from tests import ROOT

pytestmark = pytest.mark.slow

[QUOTES] = [p for p in projects_of(ROOT / "03_chat") if p.file.name == "quotes.py"]
WAIT = "from twisted.internet.defer import Deferred\n"
FAULTS = {
    "": "quotes.py needs a main: this test calls main(reactor, '1234').",
    "async def main(reactor, port):\n    raise ValueError(port)\n": (
        "main(reactor, '1234') starts. It fails with ValueError('1234')."
    ),
    "async def main(reactor, port):\n    pass\n": (
        "main(reactor, '1234') starts. It returns, which ends the program."
    ),
    f"{WAIT}async def main(reactor, port):\n    await Deferred()\n": (
        "main(reactor, '1234') starts. It should listen, but nothing does."
    ),
}


def test_a_server_that_does_not_serve_is_told_why() -> None:
    """Each test says the same, in the words of what `main` did."""
    for verdict, told in zip(
        judge_apart(QUOTES, *FAULTS), FAULTS.values(), strict=True
    ):
        assert not verdict.passed
        said = {failed.complaint.partition("\n")[0] for failed in verdict.failed}
        assert said == {told}


def test_what_a_server_leaves_is_nobodys_fault() -> None:
    """Timers and ports that are there after a test fail neither it nor another."""
    solution = QUOTES.solution.read_text("utf-8")
    line = "    await Deferred()  # never fires\n"
    assert line in solution
    left = "    reactor.callLater(3600, print)\n    reactor.listenUDP(0, Quotes())\n"
    [verdict] = judge_apart(QUOTES, solution.replace(line, left + line))
    assert verdict.good, verdict
