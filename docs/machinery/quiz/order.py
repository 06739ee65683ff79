"""Has the lines of a solution put in order, with lines of two mistakes among them.

The exercise's `mistakes.toml` says `in_order = true` at the two. `docs/assets/quiz.js`
lets a reader move the lines, and has the exercise's own tests judge the result.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from io import StringIO
from tokenize import COMMENT, DEDENT, INDENT, NEWLINE, NL, TokenInfo, generate_tokens

from docs.machinery import ROOT
from docs.machinery.exercises.folder import Exercise
from docs.machinery.quiz.question import QuizError

MISTAKES = 2
HAS_BODY = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def place_to_order(_: object, folder: str) -> str:
    """Returns the place on a page where a reader puts an exercise's lines in order."""
    exercise = Exercise(ROOT / folder)
    imports, lines = puzzle_of(exercise)
    items = (
        f'<li style="--indent: {len(line) - len(line.lstrip())}">'
        f"<code>{escape(line.lstrip(), quote=False)}</code></li>"
        for line in lines
    )
    above = escape(imports).replace("\n", "&#10;")  # an empty line would end the HTML
    return (
        f'<div class="order" data-file="{folder}/{exercise.file.name}"'
        f' data-command="python -m pytest {folder}" data-imports="{above}"'
        ' data-search-exclude=""><p>Two of these lines are mistakes: leave them out.'
        " The others make a good answer. Its imports are there already.</p>"
        f"<ol>{''.join(items)}</ol></div>"
    )


def puzzle_of(exercise: Exercise) -> tuple[str, list[str]]:
    """Returns what stands above the first class, and the lines below, shuffled."""
    solution = exercise.solution.read_text("utf-8")
    imports, lines = lines_of(solution)
    wrong: list[str] = []
    for mistake in exercise.mistakes:
        if mistake.in_order:
            _, edited = lines_of(mistake.edit(solution))
            wrong += (Counter(edited) - Counter(lines)).elements()
    if len(wrong) != MISTAKES:
        raise QuizError(f"{exercise.name} has not two wrong lines to order: {wrong}")
    order = sorted(lines + wrong, key=lambda line: sha256(line.encode()).digest())
    return imports, order


def lines_of(text: str) -> tuple[str, list[str]]:
    """Returns a program's imports, and its lines from the first class on.

    Comments are left out, and so are docstrings, unless nothing else is there.
    """
    tree = ast.parse(text)
    first = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    start = min([first.lineno, *(name.lineno for name in first.decorator_list)])
    left_out = {
        node.body[0].lineno
        for node in ast.walk(tree)
        if isinstance(node, HAS_BODY) and ast.get_docstring(node) and node.body[1:]
    }
    above: list[str] = []
    below: list[str] = []
    for begin, end in statements(text):
        if begin.start[0] in left_out:
            continue
        if begin.start[0] != end.end[0]:
            raise QuizError(f"a statement has more than one line: {begin.line.strip()}")
        kept = above if begin.start[0] < start else below
        kept.append(end.line[: end.end[1]])
    return "\n".join([*above, "", "", ""]), below


def statements(text: str) -> Iterator[tuple[TokenInfo, TokenInfo]]:
    """Yields the first and the last token of each statement, or of its first line."""
    tokens: list[TokenInfo] = []
    for token in generate_tokens(StringIO(text).readline):
        if token.type == NEWLINE:
            yield tokens[0], tokens[-1]
            tokens = []
        elif token.type not in {COMMENT, DEDENT, INDENT, NL}:
            tokens.append(token)
