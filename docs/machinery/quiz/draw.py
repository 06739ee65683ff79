"""Puts a question on a page, which `docs/assets/quiz.js` brings to life.

Without a script, or on paper, it is a question with its options. The answer is folded.
"""

import re
from hashlib import sha256
from html import escape
from string import ascii_uppercase

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from docs.machinery import ROOT
from docs.machinery.pages.include import code_of
from docs.machinery.pages.ladder import with_code
from docs.machinery.quiz.question import Question, QuizError, parse
from docs.machinery.quiz.run import outcome

FORMATTER = HtmlFormatter(wrapcode=True)
# Of one whole request, its first line says enough.
REQUEST = re.compile(
    r"(?<=sends )([A-Z]+ \S+) HTTP/1\.1((?!\\r\\n\\r\\n).)*\\r\\n\\r\\n$", re.MULTILINE
)
SENT = re.compile(r"(?<= sends )(.+)")


def draw_quiz(fence: str, name: str) -> str:
    """Returns the HTML of a question; `name` makes its ids unique in the site."""
    question = parse(fence)
    options = options_of(question)
    key = sha256("\n".join([question.ask, *options]).encode()).hexdigest()[:8]
    choices, reasons = "", ""
    for letter, (option, reason) in zip(ascii_uppercase, options.items(), strict=False):
        choices += (
            f'<label><input type="radio" name="{name}" value="{letter}">'
            f"<b>{letter}</b><code>{escape(option, quote=False)}</code></label>"
        )
        reasons += f'<p data-answer="{letter}"><b>{letter}.</b> {reason}</p>'
    # The search leaves out an element until the next end of one of its name: no `div`.
    return (
        f'<section class="quiz" data-key="{key}" data-search-exclude=""><fieldset>'
        f"<legend>{with_code(question.ask)}</legend>{shown(question)}{choices}"
        '</fieldset><div role="status"></div>'
        f"<details><summary>Answer</summary>{reasons}</details></section>"
    )


def options_of(question: Question) -> dict[str, str]:
    """Returns what may be answered, and why each is right or wrong, in a fixed order.

    Raises QuizError if two runs give the same, or one of them fails.
    """
    because = f"<strong>Right.</strong> {with_code(question.because)}"
    key = attempt(question, question.text, question.scene, "the program")
    reasons = {key: because}
    for wrong in question.wrong:
        option = attempt(question, wrong.text, wrong.scene, wrong.believes)
        if option in reasons:
            raise QuizError(
                f"'{wrong.believes}' gives the right answer or that of another "
                f"mistake: {option}. Change its edit, or the scene"
            )
        reasons[option] = (
            "<strong>No.</strong> You'd be right if this were true:"
            f" <q>{with_code(wrong.believes)}</q> {with_code(wrong.look)}"
        )
    # By chance, and always the same: a rule would soon give the right one away.
    order = sorted(reasons, key=lambda o: sha256((question.ask + o).encode()).digest())
    return {option: reasons[option] for option in order}


def attempt(question: Question, text: str, scene: str, what: str) -> str:
    """Returns what a run gives; raises QuizError if it gives nothing to choose."""
    try:
        return outcome(question, text, scene)
    except QuizError:
        raise
    except Exception as error:
        raise QuizError(f"'{what}' fails: {type(error).__name__}: {error}") from error


def shown(question: Question) -> str:
    """Returns the program, and what clients do, as the page shows them."""
    blocks = ""
    if question.code:
        blocks += highlight(question.code, PythonLexer(), FORMATTER)
    elif question.show:
        lines = code_of(question.file, question.show.split(), ROOT)
        code = "\n".join(line for _, line in lines)
        title = f'<span class="filename">{question.file}: {question.show}</span>'
        block = highlight(code, PythonLexer(), FORMATTER)
        blocks += block.replace("<pre>", f"{title}<pre>", 1)
    if question.scene:
        steps = REQUEST.sub(r"\1", question.scene).splitlines()
        said = (SENT.sub(r"<code>\1</code>", escape(s, quote=False)) for s in steps)
        blocks += f"<ol>{''.join(f'<li>{s}</li>' for s in said if s != '---')}</ol>"
    return blocks
