"""Puts "Try it here" on a page, and packs everything it needs besides Python.

A line `{{ try 01_echo/echo_server.py }}` below that file's code becomes the place where
assets/try/try.js puts a button. The pack holds the course and Twisted: the modules
that are imported, parts of Twisted that an answer may import, and their licenses.
The same course and packages always make the same bytes.

As a program, it prints which files to pack. To find them it imports them all, and that
must not happen in the process that builds the site.
"""

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, packages_distributions
from itertools import chain
from pathlib import Path, PurePath

from docs.machinery import ROOT, STAGES
from docs.machinery.diagrams.tracks import PROGRAMS
from docs.machinery.exercises.folder import Exercise, exercises_of, task_at

STEPS = [step for stage in STAGES for step in stage.glob("steps/*.py")]
PYODIDE_BYTES = 12_300_000  # what Pyodide's files weigh, without those of packages


def place_to_try(_: object, file: str) -> str:
    """Returns the place on a page where a reader tries `file`.

    `data-room` says whether it is a server to talk to, and whether that is all. It is
    for a step of a ladder, which has no tests.
    """
    size = PYODIDE_BYTES + len(pack())
    if ROOT / file in STEPS:
        about = 'data-room="only"'
    else:
        about = f'data-command="python {command(file)}"{room_of(file)}'
    return f'<div class="try" data-file="{file}" {about} data-bytes="{size}"></div>'


def room_of(file: str) -> str:
    """Returns the attribute that says which room a file has."""
    path = ROOT / file
    if path in PROGRAMS.glob("*.py"):
        return ""
    task = task_at(path)
    served = not isinstance(task, Exercise) or "```diagram" in task.readme["task"]
    return ' data-room="too"' if served else ""


def command(file: str) -> str:
    """Returns what to start Python with to see elsewhere what the page shows."""
    if (ROOT / file) in PROGRAMS.glob("*.py"):
        return file
    task = task_at(ROOT / file)
    judged = task.folder if isinstance(task, Exercise) else task.tests
    return f"-m pytest {judged.relative_to(ROOT).as_posix()}"


@cache
def pack() -> bytes:
    """Returns the archive."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "docs.machinery.try_here.pack"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for line in done.stdout.splitlines():
            name, _, file = line.partition("\t")
            entry = zipfile.ZipInfo(name)  # dated 1980, so the bytes never differ
            entry.create_system = 3
            packed.writestr(
                entry, Path(file).read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9
            )
    return archive.getvalue()


def files() -> Iterator[tuple[str, Path]]:
    """Yields what is needed when all is tried: its name in the pack, and its file."""
    # Twisted can do without these, and a browser has to: they are compiled.
    sys.modules.update({"OpenSSL": None, "cryptography": None})  # type: ignore[dict-item]
    from docs.machinery.exercises.judge import judge  # noqa: PLC0415 - found only now
    from docs.machinery.try_here.in_page import picture, room, scenes_of  # noqa: PLC0415 - installs a reactor

    exercises = list(chain(*map(exercises_of, STAGES)))
    servers = chain(*(stage.glob("*_server.py") for stage in STAGES))
    programs = list(map(task_at, servers))
    imported: dict[str, str | None] = {}
    for task in [*programs, *exercises]:
        text = task.file.read_text("utf-8")
        room(task.file.relative_to(ROOT).as_posix(), text, '{"script": null}')
        judge(task, text)
        picture(task)
        for name, module in sys.modules.items():  # where the next task is loaded anew
            imported[name] = getattr(module, "__file__", None)
    # What is compiled belongs to this machine; the packages can do without.
    loaded = {name: f for name, f in imported.items() if f and f.endswith(".py")}
    wanted = {Path(file).resolve() for file in loaded.values()}
    wanted |= {path for e in exercises for path in e.folder.iterdir()}
    wanted |= {scenes_of(task) for task in programs}
    wanted |= {*STEPS, *PROGRAMS.glob("*.py")}
    for folder in ["0*_*", "docs", "tests"]:  # not .venv: what is there comes below
        for path in ROOT.glob(f"{folder}/**/*.*"):
            if path in wanted:
                yield path.relative_to(ROOT).as_posix(), path
    names = {name.partition(".")[0] for name in loaded}
    owners = packages_distributions()
    for owner in {owner for name in names for owner in owners.get(name, [])}:
        for entry in distribution(owner).files or []:
            path = Path(str(entry.locate())).resolve()
            if path in wanted or "LICEN" in entry.name or may_be_imported(entry):
                yield entry.as_posix(), path


def may_be_imported(entry: PurePath) -> bool:
    """Whether a learner may want a module that the course itself does not import."""
    package, part, *_ = [*entry.parts, ""]
    return (
        package == "twisted"
        and part in {"internet", "logger", "protocols", "python", "web"}
        and entry.suffix == ".py"
        and "test" not in entry.parts
    )


if __name__ == "__main__":
    for name, file in sorted(set(files())):
        print(name, file, sep="\t")
