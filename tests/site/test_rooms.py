"""The machinery's rooms import in one direction, and nothing from tests/."""

import ast

import pytest

from tests import ROOT

MACHINERY = ROOT / "docs" / "machinery"
MAY_IMPORT = {
    "diagrams": set[str](),
    "exercises": {"diagrams"},
    "pages": {"exercises"},
    "quiz": {"diagrams", "exercises", "pages"},
    "try_here": {"diagrams", "exercises"},
    "build.py": {"diagrams", "exercises", "pages", "quiz", "try_here"},
    "hook.py": {"build"},
}


def test_the_table_has_every_room() -> None:
    """Whatever is new in docs/machinery gets a row in the table."""
    rooms = {file.relative_to(MACHINERY).parts[0] for file in MACHINERY.rglob("*.py")}
    assert rooms - {"__init__.py"} == MAY_IMPORT.keys()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_rooms_in_its_row(room: str) -> None:
    """A room's own files are always allowed, and so is docs/machinery/__init__.py."""
    path = MACHINERY / room
    files = list(path.glob("*.py")) or [path]
    modules = {
        node.module or ""
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert not any(module.split(".")[0] == "tests" for module in modules)
    rooms = {m.split(".")[2] for m in modules if m.startswith("docs.machinery.")}
    assert rooms - {room} <= MAY_IMPORT[room]
