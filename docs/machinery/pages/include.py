"""Puts tested code on a page, named by its Python name.

A line such as `{{ code 01_echo/echo_server.py EchoProtocol.dataReceived }}` becomes
a code block with just those lines of the file. The sources need no markers, and an
edit above them moves nothing. A file that is not Python is shown whole.

`{{ step OLD NEW }}`, or with names of parts of NEW, is the same for the next step of a
ladder: the lines of the file NEW that the file OLD does not have are marked.
"""

import ast
import re
import textwrap
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path

LANGUAGES = {".py": "python", ".service": "systemd", ".socket": "systemd"}
DIRECTIVE = re.compile(
    r"^([ \t]*)\{\{ *(code|step)\b(.*?)(?:\}\})?[ \t]*$", re.MULTILINE
)


class IncludeError(ValueError):
    """Says which file or name a page asks for in vain, and what there is."""


def expand(markdown: str, root: Path) -> str:
    """Returns `markdown` with each directive replaced by a fenced code block."""

    def block(match: re.Match[str]) -> str:
        indent, kind, words = match[1], match[2], match[3].split()
        before = words.pop(0) if kind == "step" and words else None
        path, *names = words or [""]
        code = code_of(path, names, root)
        title = f"{path}: {', '.join(names)}" if names else path
        options = f'title="{title}"'
        if before is not None:
            new = changed_lines(before, path, root)
            marked = [str(i) for i, (line, _) in enumerate(code, 1) if line in new]
            options += f' hl_lines="{" ".join(marked)}"' * bool(marked)
        text = "\n".join(line for _, line in code)
        # Four backticks, so that the code itself may hold a fence of three.
        fenced = f"````{LANGUAGES[Path(path).suffix]} {options}\n{text}\n````"
        return textwrap.indent(fenced, indent)

    return DIRECTIVE.sub(block, markdown)


def code_of(path: str, names: list[str], root: Path) -> list[tuple[int, str]]:
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
            raise IncludeError(f"no '{name}' in {path}. There are: {', '.join(there)}")
    parts = [
        list(zip(range(a, b), dedented(lines[a:b]), strict=True))
        for a, b in sorted(spans[name] for name in names)
    ]
    first, *others = parts
    return [*first, *(line for part in others for line in [(-1, ""), *part])]


def source_of(path: str, root: Path) -> str:
    """Returns the text of a file; raises IncludeError if a page cannot show it."""
    file = root / path
    if file.suffix not in LANGUAGES or not file.is_file():
        there = sorted(p.relative_to(root).as_posix() for p in root.glob("*/*.py"))
        raise IncludeError(f"no file '{path}'. There are: {', '.join(there)}")
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
