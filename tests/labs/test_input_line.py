"""The line in which one types, without a terminal: one story a test."""

from input_line import (
    CLEAR,
    CUT,
    MARK,
    RETURN,
    TELL,
    TELL_NOT,
    WRAP,
    InputLine,
    Keyboard,
)
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

UP, DOWN, RIGHT, LEFT = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D"
HOME, END, DELETE = b"\x1b[H", b"\x1b[F", b"\x1b[3~"
CTRL_D, CTRL_K, CTRL_U, BACKSPACE = b"\x04", b"\x0b", b"\x15", b"\x7f"


class Line(InputLine):
    """A line that keeps what it is given, unless it is told not to."""

    prompt = "> "

    def __init__(self) -> None:
        """Starts in a window of 40 columns."""
        self.width = 40
        super().__init__(lambda: self.width)
        self.received: list[str] = []
        self.words = ["/help", "ann", "anna"]

    def lineReceived(self, line: str) -> bool:
        """Keeps a line, but one that is `no`."""
        if line != "no":
            self.received.append(line)
        return line != "no"

    def complete(self, text: str) -> list[str]:
        """Returns the words that begin like the last one."""
        start, space, word = text.rpartition(" ")
        return [start + space + w for w in self.words if w.startswith(word)]


class LineTests(SynchronousTestCase):
    """What keys do, and what the terminal is told."""

    def setUp(self) -> None:
        """Connects a keyboard and a screen."""
        self.line = Line()
        self.keyboard = Keyboard(lambda: self.line)
        self.screen = StringTransport()
        self.keyboard.makeConnection(self.screen)

    def types(self, *keys: bytes | str) -> str:
        """Presses keys; returns the row at the end, with | for the cursor."""
        self.screen.clear()
        for key in keys:
            self.keyboard.dataReceived(key.encode() if isinstance(key, str) else key)
        return self.row()

    def row(self) -> str:
        """Returns the row that was drawn last, with | for the cursor."""
        drawn: str = self.screen.value().decode().rpartition(CLEAR)[2]
        self.assertTrue(drawn.startswith(CUT))
        self.assertTrue(drawn.endswith(RETURN + WRAP))
        return drawn.removeprefix(CUT).removesuffix(RETURN + WRAP).replace(MARK, "|")

    def test_edits_a_line(self) -> None:
        """The keys do what they do everywhere, at both ends, too."""
        self.assertEqual(self.types("hello"), "> hello|")
        self.assertEqual(self.types(LEFT, LEFT, "y"), "> hely|lo")
        self.assertEqual(self.types(BACKSPACE, DELETE), "> hel|o")
        self.assertEqual(self.types(HOME, LEFT, BACKSPACE, "o"), "> o|helo")
        self.assertEqual(self.types(RIGHT, CTRL_D), "> oh|lo")
        self.assertEqual(self.types(END, RIGHT, DELETE, "!"), "> ohlo!|")
        self.assertEqual(self.types(LEFT, CTRL_K), "> ohlo|")
        self.assertEqual(self.types(LEFT, CTRL_U), "> |o")
        self.assertEqual(self.types("\r"), "> |")
        self.assertEqual(self.line.received, ["o"])

    def test_has_a_wide_idea_of_characters(self) -> None:
        """An accent belongs to its letter, and a joined emoji is one."""
        text = "zażo\u0301łć 你好 👩\u200d💻"
        self.assertEqual(self.types(text), f"> {text}|")
        self.assertEqual(self.types(BACKSPACE, BACKSPACE), "> zażo\u0301łć 你好|")
        self.assertEqual(self.types(*[LEFT] * 5, BACKSPACE), "> zaż|łć 你好")
        for byte in "é".encode():  # which may arrive in two pieces
            self.types(bytes([byte]))
        self.assertEqual(self.row(), "> zażé|łć 你好")

    def test_ignores_what_it_does_not_know(self) -> None:
        """Other keys and control characters leave the line as it is."""
        keys = [
            b"\x1b[15~",
            b"\x1bx",
            b"\x1b[1;5C",
            b"\x1b[5~",
            b"\x1a",
            b"\xff",
            b"\x1bOP",
        ]
        self.assertEqual(self.types("a", *keys, "\u202e", "\x9b", "b"), "> a\ufffdb|")

    def test_takes_a_limited_number_of_characters(self) -> None:
        """A book that is pasted costs little time and memory."""
        self.types("x" * 5000, "\r")
        self.assertEqual(self.line.received, ["x" * 512])

    def test_goes_back_to_earlier_lines(self) -> None:
        """Up shows them, and Down leads back to what was being typed."""
        self.types("one\rtwo\r", "thr")
        self.assertEqual(self.types(UP), "> two|")
        self.assertEqual(self.types(UP, UP), "> one|")
        self.assertEqual(self.types("!", DOWN), "> two|")
        self.assertEqual(self.types(DOWN, DOWN), "> thr|")
        self.types(UP, UP, "\r")
        self.assertEqual(self.line.received, ["one", "two", "one"])
        self.assertEqual(self.types(UP, UP), "> two|")

    def test_remembers_a_limited_number_of_lines(self) -> None:
        """The oldest go."""
        self.types(*(f"{number}\r" for number in range(150)))
        self.assertEqual(self.types(*[UP] * 200), "> 51|")

    def test_keeps_a_line_that_is_not_taken(self) -> None:
        """For example without a connection. An empty line is not taken either."""
        self.assertEqual(self.types("no\r"), "> no|")
        self.assertEqual(self.types(CTRL_U, "\r", "  \r"), ">   |")
        self.assertEqual(self.line.received, [])

    def test_completes_words(self) -> None:
        """Tab offers one after the other; another key ends the choice."""
        self.assertEqual(self.types("hi a\t"), "> hi ann|")
        self.assertEqual(self.types("\t"), "> hi anna|")
        self.assertEqual(self.types("\t"), "> hi ann|")
        self.assertEqual(self.types("a\t"), "> hi anna|")
        self.assertEqual(self.types("x\t"), "> hi annax|")
        self.assertEqual(self.types(HOME, "an\t"), "> ann|hi annax")

    def test_pastes_text(self) -> None:
        """A paste sends nothing, and presses no keys."""
        self.types(b"\x1b[200~one\r\ntwo\tthree", BACKSPACE, UP, b"\x03\x04\x1b[201~")
        self.assertEqual(self.row(), "> one  two three    |")
        self.assertFalse(self.screen.disconnecting)
        self.types("\r")
        self.assertEqual(len(self.line.received), 1)

    def test_shows_a_line_above(self) -> None:
        """The typed line is drawn again below it, unchanged."""
        self.types("hello", LEFT)
        self.screen.clear()
        self.line.show("#lobby <ann> hi")
        shown = self.screen.value()
        self.assertTrue(shown.startswith(f"{CLEAR}#lobby <ann> hi\r\n".encode()))
        self.assertEqual(self.row(), "> hell|o")

    def test_draws_what_fits(self) -> None:
        """However narrow the window is, the row never becomes two."""
        self.line.width = 8
        self.assertEqual(self.types("1234"), "> 1234|")
        self.assertEqual(self.types("567"), "1234567|")
        self.assertEqual(self.types(HOME), "> |12345")
        self.assertEqual(self.types(END, "你好"), "567你好|")
        self.assertEqual(self.types("你"), "7你好你|")
        self.assertEqual(self.types(HOME, RIGHT), "> 1|2345")
        self.line.width = 1
        self.assertEqual(self.types(END), "|")

    def test_draws_once_for_many_keys(self) -> None:
        """A paste of hundreds of characters is one picture."""
        self.types("x" * 400)
        self.assertEqual(self.screen.value().decode().count(CLEAR), 1)

    def test_leaves(self) -> None:
        """Ctrl-C does, and Ctrl-D on an empty line: the row is left empty."""
        for keys in (b"abc\x03", CTRL_D):
            self.setUp()
            self.assertEqual(self.screen.value()[: len(TELL)], TELL.encode())
            self.assertFalse(self.screen.disconnecting)
            self.keyboard.dataReceived(keys)
            self.assertTrue(self.screen.disconnecting)
            self.assertTrue(self.screen.value().decode().endswith(CLEAR + TELL_NOT))
            self.assertNoResult(self.line.closed)
            self.keyboard.connectionLost(Failure(ConnectionDone()))
            self.assertIsNone(self.successResultOf(self.line.closed))
