"""A page's "Try it here" without a browser: its pack, and what runs in the page.

`test_browser.py` has the rest: the button, the editor, and Pyodide.
"""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from docs.machinery.exercises.folder import ExerciseError, exercises_of
from docs.machinery.try_here import budget
from docs.machinery.try_here.pack import pack, place_to_try
from docs.machinery.try_here.pyodide import PyodideError, place, version_in
from tests import ROOT, STAGES

pytestmark = pytest.mark.slow

ADDRESS = "https://cdn.example/pyodide@314.0.7/"
SHOUT = "01_echo/exercises/1_shout"
# A Python that has nothing but its own library and the pack, as the browser's.
RUN = """
import json, sys
sys.path[:0] = ["."]
from docs.machinery.try_here import in_page
print(json.dumps([in_page.run(*answer) for answer in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a browser unpacks the pack."""
    folder = tmp_path_factory.mktemp("course")
    with zipfile.ZipFile(io.BytesIO(pack())) as archive:
        archive.extractall(folder)
    return folder


def run(course: Path, *answers: tuple[str, str]) -> list[dict[str, object]]:
    """Returns what the page gets for each path and text."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", RUN],
        cwd=course,
        input=json.dumps(answers),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [json.loads(result) for result in json.loads(done.stdout)]


def test_every_exercise_can_be_tried(course: Path) -> None:
    """With nothing but the pack, each solution is good."""
    exercises = [exercise for stage in STAGES for exercise in exercises_of(stage)]
    results = run(
        course,
        *(
            (e.file.relative_to(ROOT).as_posix(), e.solution.read_text("utf-8"))
            for e in exercises
        ),
    )
    assert [
        e.name for e, r in zip(exercises, results, strict=True) if not r["good"]
    ] == []


def test_a_stage_can_be_tried(course: Path) -> None:
    """Its own tests judge what a reader makes of it, and its diagram is drawn anew."""
    path = "01_echo/echo_server.py"
    source = (ROOT / path).read_text("utf-8")
    shouting = source.replace("write(data)", "write(data.upper())")
    before, after = run(course, (path, source), (path, shouting))
    assert before["good"]
    assert "HELLO" not in str(before["diagram"])
    assert not after["good"]
    assert "HELLO" in str(after["diagram"])


def test_a_program_without_tests_can_be_tried(course: Path) -> None:
    """It runs, what it prints and logs is told, and its two tracks are drawn anew."""
    path = "docs/deferreds/recovered.py"
    source = (ROOT / path).read_text("utf-8")
    answered, failed, broken = run(
        course,
        (path, source.replace("Too busy", "#12")),
        (path, source.replace("    answer.addErrback(no_number)\n", "")),
        (path, source.replace("react(main)", "1 / 0")),
    )
    assert answered["good"]
    assert "It printed:\n12" in list(map(str, answered["told"]))  # type: ignore[call-overload]
    assert '<g class="passed"' in str(answered["diagram"])
    assert not failed["good"]
    assert "ValueError" in str(failed["told"])
    assert (broken["good"], broken["diagram"]) == (False, "")
    assert "ZeroDivisionError" in str(broken["told"])


def test_every_program_of_a_page_can_be_tried(course: Path) -> None:
    """With nothing but the pack, each that the page offers runs and is drawn."""
    page = (ROOT / "docs" / "deferreds.md").read_text("utf-8")
    paths = re.findall(r"^\{\{ try (\S+) \}\}$", page, re.MULTILINE)
    results = run(course, *((p, (ROOT / p).read_text("utf-8")) for p in paths))
    assert len(paths) > 5
    assert [p for p, r in zip(paths, results, strict=True) if not r["good"]] == []
    assert all("<figure" in str(r["diagram"]) for r in results)


def test_two_pictures_can_be_on_one_page(course: Path) -> None:
    """No id of one is an id of the other, or a name would be read for the wrong one."""
    files = [f"{SHOUT}/shout.py", "01_echo/exercises/2_visitors/visitors.py"]
    results = run(course, *((file, (ROOT / file).read_text("utf-8")) for file in files))
    first, second = (
        set(re.findall(r' id="([^"]+)"', str(r["diagram"]))) for r in results
    )
    assert first
    assert first.isdisjoint(second)


def test_what_a_reader_broke_is_told_and_then_forgotten(course: Path) -> None:
    """A file that cannot be run has no diagram, and does not spoil the next one."""
    path = f"{SHOUT}/shout.py"
    solution = (ROOT / SHOUT / "solution.py").read_text("utf-8")
    broken, fixed = run(course, (path, "class Shout(:"), (path, solution))
    assert "Python cannot load shout.py" in str(broken["told"])
    assert (broken["good"], broken["diagram"]) == (False, "")
    assert fixed["good"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise SystemExit", "fails with SystemExit.\nshout.py, line 15:"),
        ("self.dataReceived(data)", "RecursionError: maximum recursion depth"),
        ("raise MemoryError", "fails with MemoryError.\nshout.py, line 15:"),
    ],
)
def test_what_ends_other_programs_is_told_as_any_error(
    course: Path, line: str, told: str
) -> None:
    """The reactor would log it and go on: no traceback, and no question about types."""
    solution = (ROOT / SHOUT / "solution.py").read_text("utf-8")
    [result] = run(course, (f"{SHOUT}/shout.py", f"{solution}        {line}\n"))
    text = str(result["told"])
    assert told in text.replace("\\n", "\n")
    assert result["line"] in {14, 15}
    assert "Traceback" not in text
    assert "Ask yourself" not in text


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python cannot count lines yet")
def test_what_never_ends_is_stopped_at_its_line(course: Path) -> None:
    """In a loop of one line, too, and where all exceptions are caught."""
    path = f"{SHOUT}/shout.py"
    solution = (ROOT / SHOUT / "solution.py").read_text("utf-8")
    loops = [
        "        while True: pass\n",
        "        import itertools; all(n + 1 for n in itertools.count())\n",
        "        while True:\n            try: x = 1\n            except: pass\n",
        "while True:\n    pass\n",
    ]
    *results, last = run(
        course, *((path, solution + loop) for loop in loops), (path, solution)
    )
    assert [result["line"] for result in results] == [15, 15, 16, 16]
    assert all("1,000,000 lines have run" in str(result["told"]) for result in results)
    assert last["good"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python cannot count lines yet")
def test_what_goes_on_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody takes a slow machine for code that waits."""
    signs: list[str] = []
    monkeypatch.setattr(budget, "PULSE", 0)
    code = compile("for n in range(10_000): pass", "loop.py", "exec")
    with budget.Budget("loop.py", alive=lambda: signs.append("alive")) as spent:
        exec(code)  # noqa: S102 - ours
    assert len(signs) >= 5
    assert not spent.line


def test_the_pack_is_small_and_always_the_same() -> None:
    """At most 1.6 MB, and the same bytes each time."""
    first = pack()
    pack.cache_clear()
    assert pack() == first
    assert len(first) <= 1_600_000


def test_the_pack_holds_what_it_may() -> None:
    """Each package comes with its license, nothing is compiled, nothing is a test's."""
    with zipfile.ZipFile(io.BytesIO(pack())) as archive:
        names = archive.namelist()
    assert any(re.match(r"twisted-[\d.]+\.dist-info/.*LICENSE", name) for name in names)
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]
    assert not [
        name for name in names if name.startswith("twisted/") and "/test/" in name
    ]


def test_a_place_knows_its_file_and_the_command() -> None:
    """The command does the same without a browser."""
    place = place_to_try(None, "01_echo/echo_server.py")
    assert place.startswith('<div class="try" data-file="01_echo/echo_server.py"')
    assert 'data-command="python -m pytest tests/stages/test_echo_server.py"' in place
    place = place_to_try(None, f"{SHOUT}/shout.py")
    assert f'data-command="python -m pytest {SHOUT}"' in place
    place = place_to_try(None, "docs/deferreds/box.py")
    assert 'data-command="python docs/deferreds/box.py"' in place


@pytest.mark.parametrize(
    "file", ["01_echo/nope.py", f"{SHOUT}/solution.py", "docs/deferreds/nope.py"]
)
def test_only_what_is_meant_to_be_tried_can_be(file: str) -> None:
    """Another file stops the build."""
    with pytest.raises(ExerciseError, match="nothing to try"):
        place_to_try(None, file)


def test_pyodide_is_where_the_settings_say_or_in_the_site(tmp_path: Path) -> None:
    """A copy in the site is preferred, and must be of the version that is pinned."""
    assert place(ADDRESS, tmp_path, "page.html") == ADDRESS
    package = tmp_path / "assets" / "pyodide" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "314.0.7"}')
    assert place(ADDRESS, tmp_path, "page.html") == "assets/pyodide/"
    assert place(ADDRESS, tmp_path, "a/page.html") == "../assets/pyodide/"
    package.write_text('{"version": "313.0.0"}')
    with pytest.raises(PyodideError, match=r"has 313\.0\.0, not 314\.0\.7: delete it"):
        place(ADDRESS, tmp_path, "page.html")
    with pytest.raises(PyodideError, match="no version"):
        version_in("https://cdn.example/latest/")
