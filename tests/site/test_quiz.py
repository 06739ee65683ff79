"""A question's answers are run: the right one, and each wrong one from its mistake."""

import re
from collections import Counter
from pathlib import Path

import pytest

from docs.machinery.exercises.apart import judge_all
from docs.machinery.exercises.folder import Exercise, exercises_of
from docs.machinery.pages.directives import Page
from docs.machinery.pages.parts import exercises
from docs.machinery.quiz.draw import draw_quiz, options_of, shown
from docs.machinery.quiz.order import lines_of, place_to_order, puzzle_of
from docs.machinery.quiz.question import QuizError, parse
from tests import ROOT, STAGES

PRINTS = """
ask = "What is `1 + 1`?"
because = "Two."
tell = "prints"
code = "print(1 + 1)"

[[wrong]]
believes = "`+` is for text."
look = "Are these texts?"
old = "1 + 1"
new = "'11'"

[[wrong]]
believes = "1 is 0."
look = "Count."
old = "+ 1"
new = "+ 0"
"""
SERVES = r"""
ask = "Who gets what?"
because = "So it is."
tell = "TELL"
code = '''
from twisted.internet.protocol import Factory, Protocol


class Server(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)
        if b"bye" in data:
            self.transport.loseConnection()
'''
serve = "Factory.forProtocol(Server)"
scene = '''
Alice connects
Alice sends old\n
Bob connects
---
Alice sends a\x1b\nbye\n
Bob sends yo\n
'''

[[wrong]]
believes = "It says nothing."
look = "Does it?"
old = "self.transport.write(data)"
new = "pass"

[[wrong]]
believes = "Alice says more."
look = "Does she?"
old = '''
---
'''
new = '''
---
Alice sends hi\n
'''
"""
SHOUT = r"""
ask = "What comes back?"
because = "All of it."
tell = "Alice receives"
file = "01_echo/exercises/1_shout"
scene = '''
Alice connects
Alice sends hi
'''

[[wrong]]
mistake = "`capitalize` makes capitals."

[[wrong]]
mistake = "`dataReceived` is called once for each line."
look = "Is it?"
"""
COUNTER = r"""
ask = "What is the answer?"
because = "A number."
tell = "Alice is answered"
file = "02_http_counter/steps/counter2.py"
serve = "Site(RequestCounter())"
scene = '''
Alice connects
Alice sends GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n
Alice sends HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n
'''

[[wrong]]
believes = "Zero is the first number."
look = "Which is?"
old = "#%d"
new = "#0%d"

[[wrong]]
believes = "Nobody asks."
look = "Who does?"
old = "Alice sends GET"
new = "Alice sends nonsense"
"""
PAGE = (ROOT / "docs" / "questions.md").read_text("utf-8")
FENCE = re.compile(r"^```quiz\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^## .*?{ #(.+?) }\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = {name: FENCE.findall(text) for name, text in SECTION.findall(PAGE)}
QUESTIONS = [fence for section in SECTIONS.values() for fence in section]


# Directives that only tell what they were asked for.
TOLD = {
    name: lambda _, argument, name=name: f"{name} {argument}"
    for name in ("code", "order", "try")
}


def answer(fence: str) -> str:
    """Returns the right answer of a question."""
    options = options_of(parse(fence))
    [right] = [option for option, why in options.items() if "Right." in why]
    return right


def test_the_right_answer_is_what_the_program_does() -> None:
    """The others are what it does after each edit, and they name its belief."""
    options = options_of(parse(PRINTS))
    assert options.keys() == {"2", "11", "1"}
    assert options["2"] == "<strong>Right.</strong> Two."
    assert "<q><code>+</code> is for text.</q> Are these texts?" in options["11"]
    changed = PRINTS.replace("print(1 + 1)", "print(1 + 1 + 5)")
    assert answer(changed) == "7"


def test_a_wrong_answer_may_be_an_exercises_mistake() -> None:
    """Its question is asked, unless there is a better one here."""
    options = options_of(parse(SHOUT))
    assert "How many of the five letters" in options["b'Hi'"]
    assert options["nothing"].endswith(" Is it?")
    assert "Right." in options["b'HI'"]


@pytest.mark.parametrize(
    ("tell", "right"),
    [
        ("Alice receives", "b'a\\x1b\\nbye\\n'\nthe end of the connection"),
        ("Alice reads", "a\\x1b\nbye\nthe end of the connection"),
        (
            "everyone reads",
            "Alice: a\\x1b\nAlice: bye\nAlice: the end of the connection\nBob: yo",
        ),
    ],
)
def test_what_clients_get_is_told(tell: str, right: str) -> None:
    """After the line in the scene, and with the server's end of the connection."""
    assert answer(SERVES.replace("TELL", tell)) == right


def test_calls_of_the_reactor_are_told() -> None:
    """They are those on one client's Protocol."""
    fence = SERVES.replace("TELL", "Alice sees").replace(
        'old = "self.transport.write(data)"\nnew = "pass"',
        'old = "loseConnection"\nnew = "abortConnection"',
    )
    assert answer(fence) == (
        "dataReceived(b'a\\x1b\\nbye\\n')\nconnectionLost(ConnectionDone)"
    )


def test_answers_of_http_are_told() -> None:
    """Status and body, one a line; a page of Twisted's own has only its status."""
    assert answer(COUNTER) == (
        "200 OK: I am request #1\n405 Method Not Allowed\n200 OK\nno answer so far"
    )


def test_an_error_in_the_log_is_told() -> None:
    """A program that fails is an answer, too."""
    fence = PRINTS.replace("print(1 + 1)", "print(1 + 1); 1 / 0")
    assert answer(fence) == "2\nan error in the log"


@pytest.mark.parametrize(
    ("fence", "complaint"),
    [
        ("ask = ", "is no TOML"),
        (PRINTS.replace("tell =", 'why = "so"\ntell ='), "a quiz has"),
        (PRINTS.replace('because = "Two."', ""), "a quiz has"),
        (PRINTS.replace("tell =", 'file = "a.py"\ntell ='), "not both"),
        (PRINTS.partition("[[wrong]]")[0], "at least 2 wrong answers"),
        (PRINTS.replace('code = "print(1 + 1)"', 'file = "no.py"'), "no file 'no.py'"),
        (PRINTS.replace('"1 + 1"', '"2 + 1"'), "`old` is not exactly once there"),
        (PRINTS.replace('"+ 1"', '"1"'), "`old` is not exactly once there"),
        (PRINTS.replace("look", "see"), "a wrong answer has"),
        (PRINTS.replace("+ 0", "+ 1"), "'1 is 0.' gives the right answer or"),
        (PRINTS.replace("'11'", "1"), "of another mistake: 1. Change its"),
        (PRINTS.replace('"prints"', '"sings"'), "nothing to tell by 'sings'"),
        (SERVES.replace("TELL", "Carol reads"), "no client 'Carol'"),
        (SHOUT.replace("`capitalize` makes", "It makes"), "no mistake 'It makes cap"),
        (SHOUT.replace("sends hi", "dances"), "no step 'Alice dances'"),
        (
            SHOUT.replace(
                "`capitalize` makes capitals.",
                "Everything that is sent over a network is text.",
            ),
            "'Everything that is sent over a network is text.' fails: TypeError",
        ),
    ],
)
def test_a_bad_question_stops_the_build(fence: str, complaint: str) -> None:
    """It says what is wrong with it: no answer may be equal to another, or missing."""
    with pytest.raises(QuizError, match=re.escape(complaint)):
        draw_quiz(fence, "x")


def test_a_question_can_be_read_without_a_script() -> None:
    """It is a group of choices with a name, and the answer is folded below it."""
    html = draw_quiz(PRINTS, "x")
    assert "<fieldset><legend>What is <code>1 + 1</code>?</legend>" in html
    assert html.count('<input type="radio" name="x"') == 3
    choices, answers = html.split("<details><summary>Answer</summary>")
    assert "Right." not in choices
    for letter, option in re.findall(r"<b>(.)</b><code>(.+?)</code>", choices):
        why = "Right." if option == "2" else "No."
        assert f'<p data-answer="{letter}"><b>{letter}.</b> <strong>{why}' in answers
    assert draw_quiz(PRINTS, "x") == html
    assert html.count("<section") == 1  # where another one ends, the search begins


def test_a_request_is_shown_by_its_first_line() -> None:
    """But not a part of one, or two. The line between before and now is not shown."""
    whole = r"Alice sends HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    scene = f"\nAlice connects\n{whole}\n---"
    html = shown(parse(COUNTER.replace("\nAlice connects", scene)))
    assert "<li>Alice connects</li><li>Alice sends <code>HEAD /</code></li>" in html
    assert r"<li>Alice sends <code>GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /" in html
    assert "---" not in html


def test_the_page_asks_enough() -> None:
    """At least 24 in all, some about each page, and three before stages 2 and 3."""
    assert len(QUESTIONS) >= 24
    assert PAGE.count("```quiz") == len(QUESTIONS)
    for page, section in [
        ("01_echo", "echo"),
        ("02_http_counter", "http"),
        ("03_chat", "chat"),
        ("deferreds", "deferreds"),
    ]:
        assert len(SECTIONS[section]) > 4
        text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
        assert f"(questions.md#{section})" in text
    for section in ("before-stage-2", "before-stage-3"):
        assert len(SECTIONS[section]) == 3


@pytest.mark.slow
def test_no_letter_is_a_good_guess() -> None:
    """The right answers of the page stand in all places, none of which is usual."""
    places: Counter[int] = Counter()
    for fence in QUESTIONS:
        reasons = options_of(parse(fence)).values()
        places.update(n for n, why in enumerate(reasons) if "Right." in why)
    assert len(places) > 2
    assert max(places.values()) <= len(QUESTIONS) / 2


PUZZLES = [
    exercise
    for stage in STAGES
    for exercise in exercises_of(stage)
    if any(mistake.in_order for mistake in exercise.mistakes)
]


def test_each_stage_has_lines_to_order() -> None:
    """One of its exercises; the page offers them before the file to edit."""
    stages = [stage for stage in STAGES if exercises_of(stage)]
    assert [exercise.stage for exercise in PUZZLES] == stages, (
        "in mistakes.toml of one exercise of each stage, "
        "two mistakes need `in_order = true`"
    )
    for exercise in PUZZLES:
        shown = exercises(Page(ROOT, TOLD), exercise.stage.name)
        folder = exercise.folder.relative_to(ROOT).as_posix()
        assert f"\n\n    order {folder}\n\ncode {folder}/{exercise.file.name}" in shown


def test_lines_to_order_are_a_solution_and_two_mistakes() -> None:
    """Without comments and docstrings, but with their indentation."""
    exercise = Exercise(ROOT / "01_echo/exercises/4_last_word")
    imports, lines = puzzle_of(exercise)
    assert imports.startswith("from twisted.internet.interfaces import IHalf")
    assert imports.endswith("import implementer\n\n\n")
    assert "        self.transport.loseConnection()" in lines
    assert not any("conversation" in line or "#" in line for line in lines)
    _, solution = lines_of(exercise.solution.read_text("utf-8"))
    assert [line for line in lines if line not in solution] == [
        "        self.transport.abortConnection()",
        "        self.total = len(data)",
    ]


def test_lines_to_order_stand_on_the_page() -> None:
    """The place has all that the script needs, and no empty line that ends the HTML."""
    place = place_to_order(None, "02_http_counter/exercises/1_greet")
    assert 'data-file="02_http_counter/exercises/1_greet/greet.py"' in place
    assert 'data-command="python -m pytest 02_http_counter/exercises/1_greet"' in place
    assert 'import Request&#10;&#10;&#10;"' in place
    assert '<li style="--indent: 8"><code>return b"Hello, %b\\n"' in place
    assert "\n" not in place


@pytest.mark.parametrize(
    ("solution", "marked", "complaint"),
    [
        ("class A:\n    x = 1\n    y = 2\n", 1, "not two wrong lines to order: [' "),
        ("class A:\n    x = 1\n    y = 2\n", 3, "not two wrong lines to order: [' "),
        (
            "class A:\n    x = 1\n    y = (\n        2)\n",
            2,
            "more than one line: y = (",
        ),
    ],
)
def test_what_cannot_be_ordered_stops_the_build(
    tmp_path: Path, solution: str, marked: int, complaint: str
) -> None:
    """There are two lines of mistakes, and each statement stands on one line."""
    head = "**About 5 minutes.** **You edit** `a.py`. **You learn** a."
    folder = tmp_path / "1_a"
    folder.mkdir()
    (folder / "README.md").write_text(f"# A\n\n{head}\n\nDo.\n")
    (folder / "solution.py").write_text(solution)
    mistake = '[[mistake]]\nbelieves = "{0}"\nold = "1"\nnew = "{0}"\ncaught_by = []\n'
    mistake += 'ask = "?"\nin_order = true\n'
    mistakes = [mistake.format(number + 3) for number in range(marked)]
    (folder / "mistakes.toml").write_text("".join(mistakes))
    with pytest.raises(QuizError, match=re.escape(complaint)):
        puzzle_of(Exercise(folder))


@pytest.mark.slow
def test_lines_in_order_pass_the_tests() -> None:
    """As they are on the page, they don't."""
    answers = []
    for exercise in PUZZLES:
        imports, lines = lines_of(exercise.solution.read_text("utf-8"))
        answers.append((exercise, imports + "\n".join(lines)))
        _, shuffled = puzzle_of(exercise)
        answers.append((exercise, imports + "\n".join(shuffled)))
    assert [verdict.good for verdict in judge_all(answers)] == [True, False] * len(
        PUZZLES
    )
