"""A page finds code by its Python name, and shows it as it is."""

import re
from pathlib import Path

import pytest

from docs.machinery.pages import DIRECTIVES
from docs.machinery.pages.directives import DirectiveError, expand
from docs.machinery.pages.include import named_spans
from tests import ROOT

SOURCE = '''"""A module."""

import os
import sys

# The port of the article.
PORT = 1234


def decorate(function):
    return function


class Greeter:
    """Greets."""

    name: str = "Alice"

    # Twisted calls this.
    @decorate
    @property
    def greeting(self):
        return f"hello {self.name}"

    @greeting.setter
    def greeting(self, value):
        self.name = value


if __name__ == "__main__":
    print(PORT)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one stage in it."""
    (tmp_path / "09_stage").mkdir()
    (tmp_path / "09_stage" / "greet.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "09_stage" / "greet.service").write_text("[Unit]\n", encoding="utf-8")
    (tmp_path / "09_stage" / "greet.bin").write_bytes(b"\xff")
    return tmp_path


def shown(root: Path, names: str) -> str:
    """Returns what stands in the code block of a page that asks for these names."""
    block = expand(f"{{{{ code 09_stage/greet.py {names} }}}}", root, DIRECTIVES)
    head, *code, foot = block.splitlines()
    assert head.startswith("````python")
    assert foot == "````"
    return "\n".join(code)


def test_a_file_is_shown_whole_under_its_path(root: Path) -> None:
    """Without a name, the block holds the whole file, and its title is the path."""
    block = expand("Before\n\n{{ code 09_stage/greet.py }}\n\nAfter", root, DIRECTIVES)
    opening = '````python title="09_stage/greet.py"'
    assert block == f"Before\n\n{opening}\n{SOURCE.rstrip()}\n````\n\nAfter"


def test_a_file_that_is_not_python_is_shown_whole(root: Path) -> None:
    """Its block says what it is, and so it has its colors."""
    block = expand("{{ code 09_stage/greet.service }}", root, DIRECTIVES)
    assert block == '````systemd title="09_stage/greet.service"\n[Unit]\n````'


def test_the_title_names_path_and_parts(root: Path) -> None:
    """A learner reads above the code where it comes from."""
    block = expand("{{ code 09_stage/greet.py PORT Greeter.name }}", root, DIRECTIVES)
    assert 'title="09_stage/greet.py: PORT, Greeter.name"' in block


def test_a_method_comes_with_decorators_and_comment_and_without_indent(
    root: Path,
) -> None:
    """All that belongs to a method is shown, a property's setter too, at column 0."""
    assert shown(root, "Greeter.greeting") == (
        "# Twisted calls this.\n"
        "@decorate\n"
        "@property\n"
        "def greeting(self):\n"
        '    return f"hello {self.name}"\n'
        "\n"
        "@greeting.setter\n"
        "def greeting(self, value):\n"
        "    self.name = value"
    )


def test_a_class_is_shown_whole(root: Path) -> None:
    """The name of a class means all of it."""
    assert shown(root, "Greeter").startswith('class Greeter:\n    """Greets."""')
    assert shown(root, "Greeter").endswith("        self.name = value")


def test_several_names_come_in_the_order_of_the_file(root: Path) -> None:
    """However a page orders the names, the reader sees the order of the file."""
    names = "__main__ Greeter.name PORT imports"
    assert shown(root, names) == (
        "import os\nimport sys\n\n"
        "# The port of the article.\nPORT = 1234\n\n"
        'name: str = "Alice"\n\n'
        'if __name__ == "__main__":\n    print(PORT)'
    )


NEXT = SOURCE.replace("PORT = 1234", "PORT = 4321").replace(
    "    name: str", "    age: int = 7\n    name: str"
)


def test_a_step_marks_what_the_one_before_does_not_have(root: Path) -> None:
    """Lines of the new file that the old one lacks are marked, wherever they moved."""
    (root / "09_stage" / "greet2.py").write_text(NEXT, encoding="utf-8")
    block = expand("{{ step 09_stage/greet.py 09_stage/greet2.py }}", root, DIRECTIVES)
    head, *code = block.splitlines()
    marked = re.findall(r'hl_lines="(.+)"', head)[0].split()
    assert [code[int(number) - 1] for number in marked] == [
        "PORT = 4321",
        "    age: int = 7",
    ]


def test_a_step_can_be_shown_in_parts(root: Path) -> None:
    """The marks are those of the lines that are shown."""
    (root / "09_stage" / "greet2.py").write_text(NEXT, encoding="utf-8")
    files = "09_stage/greet.py 09_stage/greet2.py"
    block = expand(
        f"{{{{ step {files} PORT Greeter.age Greeter.name }}}}", root, DIRECTIVES
    )
    assert block.splitlines()[0].endswith('hl_lines="2 4"')
    assert "hl_lines" not in expand(
        f"{{{{ step {files} decorate }}}}", root, DIRECTIVES
    )


def test_an_indented_directive_stays_in_its_admonition(root: Path) -> None:
    """Each line of the block is indented as the directive was."""
    block = expand(
        "!!! note\n\n    {{ code 09_stage/greet.py decorate }}\n", root, DIRECTIVES
    )
    assert block == (
        '!!! note\n\n    ````python title="09_stage/greet.py: decorate"\n'
        "    def decorate(function):\n        return function\n    ````\n"
    )


def test_other_text_is_left_alone(root: Path) -> None:
    """What stands in backticks is no directive, nor are braces without a name."""
    text = "Write `{{ code FILE NAME }}`, {{}} and {{ 'x' }}\n"
    assert expand(text, root, DIRECTIVES) == text


@pytest.mark.parametrize(
    ("directive", "complaint"),
    [
        ("09_stage/nope.py", "no file '09_stage/nope.py'.*/greet.py, .*/greet.service"),
        ("09_stage", "no file '09_stage'"),
        ("", "missing a required argument: '(path|new)'"),
        ("09_stage/greet.py Greeter.nope", "no 'Greeter.nope' in .*Greeter.greeting"),
        ("09_stage/greet.py os", "no 'os'"),
        ("09_stage/greet.service Unit", "no 'Unit' in 09_stage/greet.service"),
        ("09_stage/greet.bin", "no file '09_stage/greet.bin'"),
    ],
)
def test_what_does_not_exist_is_an_error(
    root: Path, directive: str, complaint: str
) -> None:
    """An unknown file or name is refused, with the names that there are."""
    with pytest.raises(DirectiveError, match=complaint):
        expand(f"{{{{ code {directive} }}}}", root, DIRECTIVES)
    with pytest.raises(DirectiveError, match=complaint):
        expand(f"{{{{ step 09_stage/greet.py {directive} }}}}", root, DIRECTIVES)


def test_a_directive_that_does_not_close_is_an_error(root: Path) -> None:
    """A forgotten bracket does not end up as text on the page."""
    with pytest.raises(
        DirectiveError, match=r"'{{ code .* PORT' does not end with '}}'"
    ):
        expand("{{ code 09_stage/greet.py PORT }", root, DIRECTIVES)


def test_the_echo_server_can_be_shown_in_parts() -> None:
    """The names that the first stage's pages use exist."""
    source = (ROOT / "01_echo" / "echo_server.py").read_text(encoding="utf-8")
    assert {"EchoProtocol.dataReceived", "main", "__main__"} <= set(named_spans(source))
