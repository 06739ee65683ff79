"""What a learner is told who writes tests, and does it in an unlucky way."""

from unittest import TestCase

import pytest

from docs.machinery.exercises.grader import GradingCase


class Server:
    """Something to be tested."""

    answer: tuple[str, ...] = ("right",)

    def reply(self, *words: object) -> object:
        """Returns something."""
        return words

    def twice(self, word: str) -> object:
        """Replies twice."""
        return self.reply(word), self.reply(word)


class SilentServer(Server):
    """A bad one, which has no answer."""

    answer = ()


class Written(TestCase):
    """Tests of a learner, so far without a test."""

    server: type[Server] = Server


def complaint(written: type[TestCase]) -> str:
    """Returns what the grader says of tests that ought to notice SilentServer."""
    grader = GradingCase()
    grader.written = written
    with pytest.raises(AssertionError) as raised:
        grader.notices(SilentServer, "What did you expect?")
    return str(raised.value)


def test_tells_when_there_is_no_test() -> None:
    """A method with another name is no test."""

    class NoTest(Written):
        def check_answer(self) -> None:
            self.assertTrue(self.server.answer)

    assert complaint(NoTest).startswith("There is no test yet")


def test_asks_when_nothing_is_noticed() -> None:
    """A test that compares nothing notices nothing."""

    class NoComparison(Written):
        def test_answer(self) -> None:
            self.server().reply("hello", b"a" * 80, 7)

    assert complaint(NoComparison).splitlines() == [
        "SilentServer passes all your tests. The calls that they make:",
        "    test_answer: reply('hello', b'aaaaaaaaaaa...aaaaaaaaaaaaa')",
        "What did you expect?",
    ]


def test_tells_the_last_calls() -> None:
    """A long test is told by its end, and a call that a server makes is not told."""

    class Long(Written):
        def test_answer(self) -> None:
            for word in ["one", "two", "three", "four", "five"]:
                self.server().twice(word)

    told = (
        "    test_answer: …, twice('two'), twice('three'), twice('four'), twice('five')"
    )
    assert told in complaint(Long).splitlines()


def test_wants_an_assertion() -> None:
    """A test that crashes has noticed something, but not said what."""

    class Crash(Written):
        def test_answer(self) -> None:
            self.assertEqual(self.server.answer[0], "right")

    said = "test_answer meets SilentServer and stops with IndexError"
    assert complaint(Crash).startswith(said)
