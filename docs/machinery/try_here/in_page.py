"""Runs in the reader's browser: tests the reader's code, and draws what it does.

The page's worker unpacks the course beside a Python, and imports this. Then it calls
`run` with the path of a file and with the reader's version of it.
"""

import gc
import json
import re
from collections.abc import Callable
from contextlib import suppress
from json import scanner
from pathlib import Path

from twisted.internet.main import installReactor
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import globalLogBeginner

from docs.machinery import ROOT, STAGES
from docs.machinery.diagrams.draw_tracks import draw_tracks
from docs.machinery.diagrams.scene import SceneError, parse_step
from docs.machinery.diagrams.tracks import PROGRAMS, record
from docs.machinery.exercises.apart import PRINTED_LIMIT, Verdict
from docs.machinery.exercises.folder import Exercise, Program, task_at
from docs.machinery.exercises.judge import judge_beside
from docs.machinery.exercises.played import draw_played
from docs.machinery.exercises.report import explain
from docs.machinery.try_here.budget import LIMIT, Budget, Spent
from docs.machinery.try_here.room import figure, play

DIAGRAM = re.compile(r"^```(diagram|tracks)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(path: str, text: str, alive: Callable[[], object] = lambda: None) -> str:
    """Returns, as JSON, how `text` does in place of the file at `path`.

    `good` says whether it passes all tests, `told` in paragraphs what is missing, and
    `line` where, or 0. `diagram` shows what happens now; it is empty if the answer
    cannot be run so far. Meanwhile `alive` is called about once a second.
    """
    file = ROOT / path
    file.write_text(text, "utf-8")
    stage = file.parent in STAGES  # its tests are many, and make up conversations
    budget = Budget(str(file), LIMIT * 10 if stage else LIMIT, alive)
    result: dict[str, object] = {}
    with suppress(Spent), budget:
        result = watch(file) if file.parent == PROGRAMS else judged(file, text)
    if budget.line:
        result = {"good": False, "told": endless(file, budget), "diagram": ""}
    told = "\n".join(map(str, result["told"]))  # type: ignore[call-overload]
    lines = re.findall(rf'{re.escape(file.name)}"?, line (\d+)', told)
    line = 0 if result["good"] or not lines else int(lines[-1])
    return json.dumps({**result, "line": line})


def endless(file: Path, spent: Budget) -> list[str]:
    """Returns what to say of code that had to be stopped."""
    where = f"{file.name}, line {spent.line}"
    told = f"Stopped in {where}: {spent.limit:,} lines have run, and no end."
    why = (
        "Is there a loop that never ends? In a server, every client would wait for it."
    )
    return [told, why]


def judged(file: Path, text: str) -> dict[str, object]:
    """Returns what `run` does for an exercise, or a stage's own file."""
    task = task_at(file)
    known = task.wrong_answers if isinstance(task, Exercise) else []
    verdict = judge_beside(task, text, known)
    told = explain(task, file, text, verdict)
    return {
        "good": verdict.good,
        "told": told,
        "diagram": picture(task),
        "script": story(verdict),
    }


def story(verdict: Verdict) -> list[str]:
    """Returns what the clients of the first failed test did, if a room can play it."""
    lines = verdict.failed[0].script if verdict.failed else []
    lines = [re.sub(r"^The (?=server )", "", line) for line in lines]
    try:
        list(map(parse_step, lines))
    except SceneError:
        return []
    return lines


def room(path: str, text: str, wish: str) -> str:
    """Returns, as JSON, what `play` does; a wish `events` is a part of its picture."""
    asked = json.loads(wish)
    answer = play(path, text, asked["script"])
    if "diagram" in answer and asked.get("events") is not None:
        answer["diagram"] = figure(asked["events"])
    return json.dumps(answer)


def watch(file: Path) -> dict[str, object]:
    """Returns what `run` does for a program that has no tests, only a picture."""
    run = record(file)
    ended = "has run." if run.good else "ends with an error."
    told = [f"{file.name} {ended} No time has really passed."]
    for what, text in [("It printed", run.printed), ("Twisted logged", run.logged)]:
        told += [f"{what}:\n{text[:PRINTED_LIMIT].rstrip()}"] * bool(text)
    title, name = f"What has become of it in {file.name}", f"try-{file.stem}"
    diagram = draw_tracks(run, title, name) if run.makers else ""
    return {"good": run.good, "told": told, "diagram": diagram}


def scenes_of(task: Exercise | Program) -> Path:
    """Returns the page whose first diagram shows what a file does."""
    if isinstance(task, Exercise):
        return task.folder / "README.md"
    return ROOT / "docs" / f"{task.file.parent.name}.md"


def picture(task: Exercise | Program) -> str:
    """Returns that diagram as the reader's file makes it, or nothing."""
    found = DIAGRAM.search(scenes_of(task).read_text("utf-8"))
    if found is None:
        return ""
    try:
        # Other figures may be on the same page, so ids must tell them apart.
        name = "try-" + re.sub(r"\W", "-", task.file.stem)
        if found[1] == "tracks":
            title = found[2].splitlines()[0].removeprefix("title: ")
            return draw_tracks(record(task.file), title, name)
        return draw_played(found[2], name, solved=False)
    except (Exception, SystemExit):  # the tests have told what the file raises
        return ""


# A browser has no sockets, and Twisted no reactor for it. This one does nothing.
installReactor(MemoryReactorClock())
# Until logging begins, Twisted keeps what is logged, and all that belongs to it.
globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)
gc.freeze()  # each test collects garbage, which need not look at all of Twisted
# A browser's stack is small: where C code calls itself too deeply, Python ends. The
# same code in Python raises RecursionError, as both do elsewhere.
vars(scanner)["make_scanner"] = vars(scanner)["py_make_scanner"]
vars(json)["_default_decoder"] = json.JSONDecoder()
