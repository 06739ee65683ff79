"""Puts tested code on a page, named by its Python name.

A line such as `{{ code 01_echo/echo_server.py EchoProtocol.dataReceived }}` becomes
a code block with just those lines of the file. The sources need no markers, and an
edit above them moves nothing. A file that is not Python is shown whole.

`{{ step OLD NEW }}`, or with names of parts of NEW, is the same for the next step of a
ladder: the lines of the file NEW that the file OLD does not have are marked.
"""

import ast
import textwrap
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path

from docs.machinery.pages.directives import DirectiveError, Page

LANGUAGES = {".py": "python", ".service": "systemd", ".socket": "systemd"}


def code(page: Page, path: str, *names: str) -> str:
    """Returns a block with the named parts of a file, or with all of it."""
    return block(path, names, code_of(path, names, page.root))


def step(page: Page, old: str, new: str, *names: str) -> str:
    """Returns a block like that, with the lines marked that an older file lacks."""
    return block(
        new,
        names,
        code_of(new, names, page.root),
        changed_lines(old, new, page.root),
    )


def block(
    path: str,
    names: Iterable[str],
    lines: list[tuple[int, str]],
    changed: Iterable[int] = (),
) -> str:
    """Returns numbered lines as a fenced block, titled, and marked where they changed.

    It has four backticks, so that the code itself may hold a fence of three.
    """
    title = ": ".join(filter(None, [path, ", ".join(names)]))
    marked = " ".join(str(i) for i, (n, _) in enumerate(lines, 1) if n in changed)
    options = f'title="{title}"' + f' hl_lines="{marked}"' * bool(marked)
    text = "\n".join(line for _, line in lines)
    return f"````{LANGUAGES[Path(path).suffix]} {options}\n{text}\n````"


def code_of(path: str, names: Iterable[str], root: Path) -> list[tuple[int, str]]:
    """Returns the named parts of a file in the file's order, or the whole file.

    Each line comes with its number in the file, from 0; an empty one between two parts
    has none of the file's numbers.
    """
    source = source_of(path, root)
    lines = list(enumerate(source.rstrip().splitlines()))
    if not names:
        return lines
    spans = named_spans(source) if path.endswith(".py") else {}
    for name in names:
        if name not in spans:
            there = list(spans)
            raise DirectiveError(
                f"no '{name}' in {path}. There are: {', '.join(there)}"
            )
    parts = [
        list(zip(range(a, b), dedented(lines[a:b]), strict=True))
        for a, b in sorted(spans[name] for name in names)
    ]
    first, *others = parts
    return [*first, *(line for part in others for line in [(-1, ""), *part])]


def source_of(path: str, root: Path) -> str:
    """Returns the text of a file; raises DirectiveError if a page cannot show it."""
    file = root / path
    if file.suffix not in LANGUAGES or not file.is_file():
        files = [p for p in file.parent.glob("*") if p.suffix in LANGUAGES]
        there = sorted(
            p.relative_to(root).as_posix() for p in files or root.glob("*/*.py")
        )
        raise DirectiveError(f"no file '{path}'. There are: {', '.join(there)}")
    return file.read_text(encoding="utf-8")


def dedented(lines: Iterable[tuple[int, str]]) -> list[str]:
    """Returns the texts of some lines, without the indentation that they share."""
    return textwrap.dedent("\n".join(line for _, line in lines)).split("\n")


def changed_lines(old: str, new: str, root: Path) -> set[int]:
    """Returns which lines of the file `new` are not in `old`, counted from 0.

    The text at its top, which says what the step is about, is no line of the program.
    """
    before, after = (source_of(path, root).splitlines() for path in (old, new))
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    spans = [range(j, k) for kind, _, _, j, k in changes if kind != "equal"]
    new_lines = {line for span in spans for line in span if after[line].strip()}
    return {line for line in new_lines if not after[line].startswith('"""')}


def named_spans(source: str) -> dict[str, tuple[int, int]]:
    """Returns what can be named in a module, with the slice of its lines.

    That is each class, function, method, field and constant, `imports`, and
    `__main__`. What is defined in several steps, such as a property with its
    setter, reaches from the first to the last of them.
    """
    lines = source.splitlines()
    spans: dict[str, tuple[int, int]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            start = min(d.lineno for d in [node, *getattr(node, "decorator_list", [])])
            start -= 1
            while start and lines[start - 1].lstrip().startswith("#"):
                start -= 1  # the comment right above belongs to it
            for name in names_bound_by(node):
                first = spans.get(prefix + name, (start,))[0]
                spans[prefix + name] = (first, node.end_lineno or first)
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")

    visit(ast.parse(source).body, "")
    return spans


def names_bound_by(node: ast.stmt) -> list[str]:
    """Returns the names under which a page may ask for this statement."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Import() | ast.ImportFrom():
            return ["imports"]
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return ["__main__"]
    return []
