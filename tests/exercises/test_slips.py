"""Slips that can happen in every exercise are named, and right answers have none."""

import pytest

from docs.machinery import ROOT, STAGES
from docs.machinery.exercises.folder import Exercise, exercises_of, projects_of
from docs.machinery.exercises.slips import slips_in
from docs.machinery.exercises.stuck import ENTRIES, entry_about

HEAD = "class A(Protocol):\n"
TESTS = "class A(TestCase):\n"

SLIPS = {
    HEAD + "    def lineRecieved(self, line): self.sendLine(line)": "`lineReceived`?",
    HEAD + "    def render_get(self, request): return b''": "`render_GET`?",
    HEAD + "    async def dataReceived(self, data): self.transport.write(data)": (
        "does not await"
    ),
    HEAD + "    def dataReceived(self, data): return data.upper()": "takes no notice",
    HEAD + "    def dataReceived(self, data): print(data)": "`dataReceived` prints",
    HEAD + "    def buildProtocol(self, address): Echo()": "no `return`",
    HEAD + "    def render_GET(self, request): request.write(b'')": "no `return`",
    "async def f(): pass\ndef g(): f()": "Line 2 calls it",
    HEAD + "    async def f(self): pass\n    def g(self): self.f()": "Line 3 calls it",
    "class A(asyncio.Protocol): pass": "written for asyncio",
    HEAD + "    def data_received(self, data): pass": "written for asyncio",
    "from twisted.internet import reactor": "global reactor",
    "from twisted.internet import reactor, protocol": "global reactor",
    "from twisted.internet import reactor\nasync def main(reactor): pass": (
        "the one that `main` is given"
    ),
    HEAD + "    def datagramRecieved(self, data): self.f()": "`datagramReceived`?",
    TESTS + "    def echo(self): self.assertEqual(1, 1)": "begins with `test_`",
    TESTS + "    def test_echo(self): self.server()": "no assertion",
    TESTS + "    async def test_echo(self): self.assertEqual(1, 1)": "nobody awaits",
}

NO_SLIPS = [
    "async def f(): pass\nasync def g(): await f()",
    "async def f(): pass\nDeferred.fromCoroutine(f())",
    "async def f(): pass\nthem.f()",
    HEAD + "    def lines_received(self): pass\n"
    "    def dataReceived(self, data): self.lines_received()",
    HEAD + "    def dataReceived(self, data): return self.answer(data)\n"
    "    def answer(self, data): self.transport.write(data)",
    HEAD + "    def render_GET(self, request): raise ValueError",
    HEAD + "    def connectionLost(self, reason): return None",
    HEAD + "    def connectionLost(self, reason): print(reason)",
    TESTS + "    def test_echo(self): self.check()\n"
    "    def check(self): self.assertTrue(1)",
    TESTS + "    def test_echo(self): assert True",
    "class A:\n    def dataRecieved(self): pass",
    "class A(:",
]


@pytest.mark.parametrize(("answer", "named"), SLIPS.items())
def test_a_slip_is_named(answer: str, named: str) -> None:
    """One slip, in one sentence or two."""
    [told] = slips_in(answer, "")
    assert named in told


@pytest.mark.parametrize("answer", NO_SLIPS)
def test_what_only_looks_like_a_slip_is_not(answer: str) -> None:
    """A helper, an answer through a helper, an exception in place of an answer."""
    assert not slips_in(answer, "")


def test_a_missing_self_is_named() -> None:
    """Only after a NameError, and only for the name of something's attribute."""
    answer = HEAD + "    def dataReceived(self, data): transport.write(count)"
    error = "NameError: name '{}' is not defined"
    [told] = slips_in(answer, error.format("transport"))
    assert "`self.transport`" in told
    assert not slips_in(answer, error.format("count"))
    assert not slips_in(answer, "")


def test_a_missing_super_is_named() -> None:
    """Only if the attribute is one that the class itself never mentions."""
    answer = "class Root(Resource):\n    def __init__(self):\n        self.count = 0\n"
    error = "AttributeError: 'Root' object has no attribute '{}'"
    [told] = slips_in(answer, error.format("children"))
    assert "`super().__init__(…)`" in told
    assert not slips_in(answer, error.format("count"))
    called = answer + "        super().__init__()\n"
    assert not slips_in(called, error.format("children"))


EXERCISES = [
    exercise
    for stage in STAGES
    for exercise in [*exercises_of(stage), *projects_of(stage)]
]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.folder.name)
def test_right_answers_have_no_slips(exercise: Exercise) -> None:
    """Whatever is told of them: neither the solution nor an unusual answer."""
    solution = exercise.solution.read_text("utf-8")
    answers = [right.edit(solution) for right in exercise.right_answers]
    assert not [slip for a in [solution, *answers] for slip in slips_in(a, "")]


@pytest.mark.parametrize("anchor", ENTRIES.values())
def test_each_entry_is_there(anchor: str) -> None:
    """The table leads to an entry of Stuck?, whichever page it is on."""
    pages = [page.read_text("utf-8") for page in ROOT.glob("docs/stuck*.md")]
    assert sum(f"{{ #{anchor} }}" in page for page in pages) == 1


@pytest.mark.parametrize(
    ("told", "anchor"),
    [
        (
            "TypeError: Data must be bytes.\nshout.py, line 14: self.write(x)",
            "text-wri",
        ),
        ("TypeError: can't concat str to bytes", "text-line"),
        (
            (
                "AttributeError: 'NoneType' object has no attribute 'visits'.\n"
                "visitors.py, line 9: self.number = self.factory.visits"
            ),
            "init-too-early",
        ),
        (
            (
                "test_x meets EchoA and stops with AttributeError: 'NoneType' object"
                " has no attribute 'write'."
            ),
            "no-transport",
        ),
    ],
)
def test_an_exception_leads_to_its_entry(told: str, anchor: str) -> None:
    """The line names the page, the anchor and the title."""
    assert entry_about(told).startswith("Stuck? See docs/stuck")
    assert f".md#{anchor}" in entry_about(told)


def test_what_is_not_known_leads_nowhere() -> None:
    """A missing attribute of something else has no entry."""
    assert not entry_about("AttributeError: 'NoneType' object has no attribute 'x'")
