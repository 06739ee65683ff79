"""Puts tested code on a page, named by its Python name.

A line such as `{{ code 01_echo/echo_server.py EchoProtocol.dataReceived }}` becomes
a code block with just those lines of the file. The sources need no markers, and an
edit above them moves nothing. A file that is not Python is shown whole.
"""

import ast
import re
import textwrap
from pathlib import Path

LANGUAGES = {".py": "python", ".service": "systemd", ".socket": "systemd"}
DIRECTIVE = re.compile(r"^([ \t]*)\{\{ *code\b(.*?)(?:\}\})?[ \t]*$", re.MULTILINE)


class IncludeError(ValueError):
    """Says which file or name a page asks for in vain, and what there is."""


def expand(markdown: str, root: Path) -> str:
    """Returns `markdown` with each directive replaced by a fenced code block."""

    def block(match: re.Match[str]) -> str:
        indent, (path, *names) = match[1], match[2].split() or [""]
        title = f"{path}: {', '.join(names)}" if names else path
        code = code_of(path, names, root)
        # Four backticks, so that the code itself may hold a fence of three.
        fenced = f'````{LANGUAGES[Path(path).suffix]} title="{title}"\n{code}\n````'
        return textwrap.indent(fenced, indent)

    return DIRECTIVE.sub(block, markdown)


def code_of(path: str, names: list[str], root: Path) -> str:
    """Returns the named parts of a file in the file's order, or the whole file."""
    file = root / path
    if file.suffix not in LANGUAGES or not file.is_file():
        there = sorted(p.relative_to(root).as_posix() for p in root.glob("*/*.py"))
        raise IncludeError(f"no file '{path}'. There are: {', '.join(there)}")
    source = file.read_text(encoding="utf-8")
    if not names:
        return source.rstrip()
    spans = named_spans(source) if file.suffix == ".py" else {}
    for name in names:
        if name not in spans:
            there = list(spans)
            raise IncludeError(f"no '{name}' in {path}. There are: {', '.join(there)}")
    lines = source.splitlines()
    parts = ["\n".join(lines[a:b]) for a, b in sorted(spans[name] for name in names)]
    return "\n\n".join(textwrap.dedent(part) for part in parts)


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
