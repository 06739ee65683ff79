"""What tests of an echo server have to notice."""

from echo_tests import EchoTests
from six_echoes import EchoA, EchoB, EchoC, EchoD, EchoE, GoodEcho

from docs.machinery.exercises.grader import GradingCase


class EchoTestsTests(GradingCase):
    """The learner's tests meet an echo server, and five that are none."""

    written = EchoTests

    def test_accepts_the_good_echo(self) -> None:
        """All tests pass with GoodEcho."""
        self.accepts(GoodEcho)

    def test_notices_echo_a(self) -> None:
        """A test fails with EchoA."""
        self.notices(EchoA, "How often does a client send something in your tests?")

    def test_notices_echo_b(self) -> None:
        """A test fails with EchoB."""
        question = "What is the last byte of all that your tests send? Must it be?"
        self.notices(EchoB, question)

    def test_notices_echo_c(self) -> None:
        """A test fails with EchoC."""
        question = "Clients come from many systems. What do lines end in there?"
        self.notices(EchoC, question)

    def test_notices_echo_d(self) -> None:
        """A test fails with EchoD."""
        question = "A byte has 256 values. Which of them do your tests never send?"
        self.notices(EchoD, question)

    def test_notices_echo_e(self) -> None:
        """A test fails with EchoE."""
        question = "How many clients are there in your tests, and which of them speaks?"
        self.notices(EchoE, question)
