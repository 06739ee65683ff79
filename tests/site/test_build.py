"""A built page holds what it asks for, and a broken one stops the build."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from tests import ROOT
from tests.site.conftest import build_site

pytestmark = pytest.mark.slow

Build = Callable[[str], str]

HELLO = r"""title: Hello
server: 01_echo/echo_server.py EchoProtocol
---
Alice connects
Alice sends hello\n
Alice half-closes
"""


@pytest.fixture
def built(tmp_path: Path) -> Build:
    """Builds a site of one page with the course's settings, and returns the page."""
    (tmp_path / "docs").mkdir()

    def build_page(markdown: str) -> str:
        (tmp_path / "docs" / "index.md").write_text(markdown, encoding="utf-8")
        config = load_config(
            str(ROOT / "mkdocs.yml"),
            docs_dir=str(tmp_path / "docs"),
            site_dir=str(tmp_path / "site"),
            nav=["index.md"],
        )
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        return (tmp_path / "site" / "index.html").read_text(encoding="utf-8")

    return build_page


def test_a_page_shows_code_and_diagrams(built: Build) -> None:
    """Both are in place, in an admonition too, and each diagram has ids of its own."""
    diagram = f"```diagram\n{HELLO}```\n"
    page = built(
        f"# Title\n\n!!! note\n\n    {{{{ code 01_echo/echo_server.py log }}}}\n\n"
        f"{diagram}\n{diagram}\n"
    )
    assert "01_echo/echo_server.py</a>: log</span>" in page
    assert page.count('<figure class="diagram"') == 2
    assert all(page.count(f'id="diagram-{number}-title"') == 1 for number in (1, 2))


def test_a_path_above_a_block_links_to_a_copy(built: Build, tmp_path: Path) -> None:
    """The site brings the file along, once; a title that names none is left alone."""
    path = "tests/server_script.py"
    code = f"{{{{ code {path} ServerScriptCase }}}}\n\n"
    page = built(f'# Title\n\n{code * 2}```console title="Bob"\n$ date\n```\n')
    assert page.count(f'<a href="source/{path}.txt">{path}</a>: ') == 2
    assert '<span class="filename">Bob</span>' in page
    copy = tmp_path / "site" / "source" / f"{path}.txt"
    assert copy.read_text("utf-8-sig") == (ROOT / path).read_text("utf-8")


def test_a_long_name_breaks_on_its_page_alone(built: Build, tmp_path: Path) -> None:
    """In the search's index it stays one word."""
    page = built("# Title\n\n| a |\n|---|\n| `IHalfCloseableProtocol` |\n")
    assert "<code>IHalf<wbr>Closeable<wbr>Protocol</code>" in page
    index = (tmp_path / "site" / "search" / "search_index.json").read_text("utf-8")
    assert "IHalfCloseableProtocol" in index


def test_a_page_shows_the_turns_of_a_real_reactor(built: Build) -> None:
    """The other kind of fence is drawn too, with the reactor between the two."""
    page = built(f"# Title\n\n```reactor-diagram\n{HELLO}```\n")
    alice, reactor, echo = (
        page.index(f">{name}</text>") for name in ("Alice", "reactor", "EchoProtocol")
    )
    assert alice < reactor < echo


def test_a_page_with_something_to_try_has_one_script(built: Build) -> None:
    """The script knows where Pyodide is. A page with nothing to try has none."""
    path = "01_echo/exercises/1_shout/shout.py"
    tried = f"{{{{ code {path} }}}}\n\n{{{{ try {path} }}}}\n\n"
    page = built(f"# Title\n\n{tried * 2}")
    assert page.count(f'<div class="try" data-file="{path}"') == 2
    script = '<script src="assets/try/try.js" data-pyodide="https://'
    assert page.count(script) == 1
    assert "assets/try/try.js" not in built("# Title\n")


def test_a_page_shows_two_tracks(built: Build) -> None:
    """A program is run, and what became of its Deferreds is drawn."""
    page = built(
        "# Title\n\n```tracks\ntitle: x\nprogram: docs/deferreds/chain.py\n```\n"
    )
    texts = ("number_in", "callbacks", "errbacks")
    assert all(page.count(f">{text}</text>") == 1 for text in texts)


def test_the_server_stands_between_its_clients(built: Build) -> None:
    """With two clients, no arrow has to cross a lifeline."""
    page = built(f"# Title\n\n```diagram\n{HELLO}Bob connects\n```\n")
    alice, echo, bob = (
        page.index(f">{name}</text>") for name in ("Alice", "EchoProtocol", "Bob")
    )
    assert alice < echo < bob


@pytest.mark.parametrize(
    ("markdown", "complaint"),
    [
        ("{{ code 01_echo/nope.py }}", "index.md: no file '01_echo/nope.py'"),
        ("```diagram\ntitle: x\n```", "a scene is 'title: …'"),
        ("```tracks\ntitle: x\nprogram: nope.py\n```", "tracks are 'title: …'"),
        (f"```diagram\n{HELLO}Alice dances\n```", "no step 'Alice dances'"),
        ("```quiz\nask = 'Why?'\n```", "a quiz has"),
        (f"```reactor-diagram\n{HELLO}Alice is cut off\n```", "no 'is cut off'"),
    ],
)
def test_a_broken_page_stops_the_build(
    built: Build, caplog: pytest.LogCaptureFixture, markdown: str, complaint: str
) -> None:
    """The build fails, and says which page and why."""
    with pytest.raises(Abort):
        built(f"# Title\n\n{markdown}\n")
    assert "Error reading page 'index.md'" in caplog.text
    assert complaint in caplog.text


@pytest.mark.parametrize("link", ["nope.md", "#nope"])
def test_a_dead_link_stops_a_quiet_build(
    built: Build, caplog: pytest.LogCaptureFixture, link: str
) -> None:
    """`--quiet` shows nothing but errors, and still a warning fails the build."""
    caplog.set_level(logging.ERROR, "mkdocs")  # as `--quiet` does
    with pytest.raises(Abort, match="1 warnings in strict mode"):
        built(f"# Title\n\n[nowhere]({link})\n")


def test_two_builds_do_not_differ(site: Path, tmp_path: Path) -> None:
    """The site is good, and neither time nor chance shows in any of its files."""
    one, two = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.*")}
        for folder in (site, build_site(tmp_path))
    )
    assert [file for file in one | two if one.get(file) != two.get(file)] == []


def turns(scene: str) -> list[str]:
    """Returns what a real reactor does in a scene, as `kind label`."""
    recorder = "docs.machinery.diagrams.record_reactor"
    recorded = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-m", recorder],
        cwd=ROOT,
        input=scene,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [f"{row['kind']} {row['label']}" for row in json.loads(recorded.stdout)]


def test_a_reactor_makes_the_same_turns_every_time() -> None:
    """A write leaves in the turn after its own, and closing takes two turns as well."""
    recorded = turns(HELLO)
    assert recorded == turns(HELLO)
    assert recorded == [
        "turn turn 1: the listening socket is readable",
        "wire accept()",
        "call factory.buildProtocol()",
        "call connectionMade()",
        "turn turn 2: Alice's socket is readable",
        r"wire recv(): b'hello\n'",
        r"call dataReceived(b'hello\n')",
        r"act transport.write(b'hello\n')",
        "note in the buffer: nothing is sent yet",
        "turn turn 3: Alice's socket is writable",
        r"wire send(b'hello\n')",
        "turn turn 4: Alice's socket is readable",
        "wire recv(): b''",
        "call readConnectionLost()",
        "act transport.loseConnection()",
        "turn turn 5: Alice's socket is writable",
        "wire close()",
        "call connectionLost(ConnectionDone)",
    ]


def test_two_sockets_may_be_ready_in_one_turn(tmp_path: Path) -> None:
    """When an answer goes to two clients, the same turn sends both."""
    (tmp_path / "pair.py").write_text(
        "from twisted.internet.protocol import Protocol\n"
        "class Pair(Protocol):\n"
        "    both = []\n"
        "    def connectionMade(self):\n"
        "        self.both.append(self)\n"
        "    def dataReceived(self, data):\n"
        "        for one in self.both:\n"
        "            one.transport.write(data)\n",
        encoding="utf-8",
    )
    steps = "Alice connects\nBob connects\nBob sends x"
    scene = f"title: Two\nserver: {tmp_path / 'pair.py'} Pair\n---\n{steps}"
    headings = [row for row in turns(scene) if row.startswith("turn")]
    assert [heading[:12] for heading in headings[2:]] == [
        "turn turn 3:",
        "turn turn 4:",
        "turn turn 4:",
    ]
