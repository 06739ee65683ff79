"""The pages cannot lie: each console is replayed against the real stages."""

import re
import sys
from pathlib import Path

import pytest

from docs.machinery.exercises.apart import is_edited
from docs.machinery.exercises.folder import exercises_of
from tests import ROOT, STAGES
from tests.labs.redis_server import require_redis
from tests.site import shell_command
from tests.site.shell_command import TranscriptError
from tests.site.transcript import Replay, blocks

PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("0*_*/[ep]*/*/README.md")),
]

SLOW = {  # most of the time
    *(stage.name for stage in STAGES),
    "01_echo_exercises",
    "asyncio",
    "chat_history",
    "count_that_lasts",
    "deferreds",
    "labs",
    "outgrow",
    "own_server",
    "reactor",
    "requests",
    "run_it",
    "setup",
    "streaming",
    "teach",
    *(page.stem for page in ROOT.glob("docs/stuck_*.md")),
}

STUCK_HELPERS = {
    "browse",
    "crowd",
    "encrypted",
    "loopback",
}  # programs import or run these

each_page = pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            page,
            id=page.relative_to(ROOT).as_posix(),
            marks=[pytest.mark.slow] * (page.stem in SLOW),
        )
        for page in PAGES
    ],
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the pages show a shell, and errors, of Linux"
)

SERVER = """
```console
$ python 01_echo/echo_server.py
Echo server on 127.0.0.1:1234. Try: python 01_echo/echo_client.py
```
"""

STEP = """
```console
$ python 01_echo/steps/echo2.py
Listening on 127.0.0.1:1234
```
"""


@each_page
def test_a_page_shows_what_happens(page: Path, tmp_path: Path) -> None:
    """Each console block of the page, in order, prints what the page says."""
    text = page.read_text("utf-8")
    if not blocks(text):
        return
    stage = ROOT / page.stem.removesuffix("_exercises")
    if any(map(is_edited, exercises_of(stage))):
        pytest.skip(
            f"the page shows the starters, and somebody works on one in {stage}"
        )
    if page.stem == "outgrow":
        require_redis()
    with Replay(tmp_path) as replay:
        replay.play(text)
    if replay.missing:
        pytest.skip(f"all else is right, but not here: {sorted(replay.missing)}")


@each_page
def test_a_page_names_tests_that_exist(page: Path) -> None:
    """A test that a page names as the guard of something is there."""
    defined: set[str] = set()
    for file in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("docs/[os]*/*.py")]:
        defined |= {file.stem, *re.findall(r"def (test_\w+)", file.read_text("utf-8"))}
    named = set(re.findall(r"\btest_\w+", page.read_text("utf-8")))
    assert named <= defined, f"there are no tests {sorted(named - defined)}"


def test_each_way_to_be_stuck_is_shown_and_fixed() -> None:
    """Each program is on one page, goes wrong there, is edited, and runs again."""
    pages = [page.read_text("utf-8") for page in ROOT.glob("docs/stuck*.md")]
    for file in ROOT.glob("docs/stuck/*.py"):
        name = file.relative_to(ROOT).as_posix()
        shown = [page for page in pages if f"{{{{ code {name} }}}}" in page]
        assert len(shown) == 1, (
            f"show {name} on one page docs/stuck_*.md, not {len(shown)}"
        )
        [page] = shown
        told = [
            block.kind
            for block in blocks(page)
            if block.title == name or re.match(rf"\$ python .*{name}\b", block.lines[0])
        ]
        steps = [] if file.stem in STUCK_HELPERS else ["console", "diff", "console"]
        assert told[:3] == steps, (
            f"{name} is shown as {told[:3]} where {steps} is needed: what it prints, "
            "the fix, and what it prints then"
        )


def test_each_entry_is_in_the_table() -> None:
    """The table of "Stuck?" has each entry, page by page, in the pages' order."""
    table = (ROOT / "docs" / "stuck.md").read_text("utf-8")
    rows = re.findall(r"^\| \[.+\]\((stuck_\w+\.md#[\w-]+)\) \|", table, re.MULTILINE)
    pages = re.findall(r"^\| \*\*\[.+\]\((stuck_\w+\.md)\)", table, re.MULTILINE)
    assert {*pages} == {page.name for page in ROOT.glob("docs/stuck_*.md")}, (
        "the table in docs/stuck.md needs a row in bold for each page stuck_*.md"
    )
    entries = [
        f"{page}#{anchor}"
        for page in pages
        for anchor in re.findall(
            r"^## .+ \{ #([\w-]+) \}$",
            (ROOT / "docs" / page).read_text("utf-8"),
            re.MULTILINE,
        )
        if anchor != "helpers"
    ]
    missing = [entry for entry in entries if entry not in rows]
    assert not missing, f"the table in docs/stuck.md has no row that links {missing}"
    gone = [row for row in rows if row not in entries]
    assert not gone, f"the table in docs/stuck.md links {gone}, which no page has"
    assert rows == entries, "put the table's rows in the order of the pages' entries"


def test_all_name_the_same_hiredis() -> None:
    """What the page says to install is the extra, and what CI installs."""
    named = [
        set(re.findall(r"\bhiredis==([\d.]+)", (ROOT / file).read_text("utf-8")))
        for file in (
            "docs/outgrow.md",
            "03_chat/labs/shared_chat.py",
            "pyproject.toml",
            ".ci/requirements.txt",
        )
    ]
    assert all(len(versions) == 1 and versions == named[0] for versions in named)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("```console\n$ echo one\ntwo\n```", "printed: one"),
        ("```console\n$ echo one\none\ntwo\n```", "never printed: two\nlast: *one$"),
        (
            "```console\n$ echo one; echo two\n...\nthree\n```",
            "never printed: three\nlast: *one\n *two$",
        ),
        ("```{.console .table}\n$ echo one\ntwo\n```", "printed: one"),
        ("```console\n$ echo one; echo two\none\n```", "not shown: two"),
        ("```console\n$ echo lost: 12\nlost: ≈11 s\n```", "printed: lost: 12"),
        ("```console\n$ echo lost: none\nlost: ≈11\n```", "printed: lost: none"),
        (SERVER + "```console\n^C\nstopped\n```", "never printed: stopped"),
        (
            SERVER + '```console hl_lines="2"\n$ python 01_echo/echo_client.py\nhi\n'
            "ho\n```",
            "printed: hi",
        ),
        (
            '```console title="A" hl_lines="2"\n$ cat\nhi\n```',
            "not shown: hi",
        ),
        (
            '```diff title="01_echo/echo_server.py"\n-no such line\n+other\n```',
            "not exactly once",
        ),
        (
            '```diff title="01_echo/echo_server.py"\n-import sys\n...\n-nothing\n```',
            "not exactly once",
        ),
        (STEP * 2, "nothing more"),
    ],
)
def test_a_wrong_page_is_found_out(
    page: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line too many, too few or different, typed or printed, is an error."""
    if complaint == "nothing more":  # a deadline passes; others are not to meet one
        monkeypatch.setattr(shell_command, "TIME_LIMIT", 2)
    with Replay(tmp_path) as replay, pytest.raises(TranscriptError, match=complaint):
        replay.play(page)


@pytest.mark.slow
def test_a_right_page_passes(tmp_path: Path) -> None:
    """Wildcards, typed lines, an edit and its undoing, and a server's end."""
    with Replay(tmp_path) as replay:
        replay.play(
            SERVER
            + """
```console hl_lines="2"
$ python 01_echo/echo_client.py
hello
hello
^D
```
```diff title="01_echo/echo_server.py"
-        self.transport.write(data)
+        self.transport.write(data.upper())
...
-    where = address_of(port.getHost())
+    where = "nowhere"
```
```console
^C
$ python 01_echo/echo_server.py
Echo server on nowhere. Try: ...
```
```console
$ echo "lost   184 of 1,000 in 2.5s"
lost  ≈179 of ≈2,000 in ≈0.71s
$ echo hello | python 01_echo/echo_client.py; echo status $?
HELLO
status 0
$ git restore 01_echo/echo_server.py
$ grep -n class 01_echo/echo_server.py; grep upper 01_echo/echo_server.py
...
```
```console
^C
```
```console title="one"
$ python 01_echo/steps/echo1.py
```
```console hl_lines="2"
$ python 01_echo/echo_client.py
hello
hello
^D
```
```console title="two"
$ python 01_echo/steps/echo2.py
main function encountered error
...
```
```console title="two"
$ echo two is free again
two is free again
```
```console title="one"
^C
```
"""
        )
