"""Judges a class: what the students have handed in, and how they did.

The course is read before the first student's file runs. Each file is then judged in a
fresh copy, so whatever it overwrites there, the next one is judged by the same tests.
"""

import csv
import io
import re
import shlex
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.machinery import ROOT, STAGES
from docs.machinery.exercises.apart import Verdict, run
from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.report import Judged, explain, score


class Course:
    """The course as it was before any student's file ran, without its solutions."""

    def __init__(self, exercises: Iterable[Exercise], sandbox: str = "") -> None:
        """Reads it, and takes a command that runs another in a sandbox."""
        self.sandbox = shlex.split(sandbox)
        folders = [ROOT / "docs" / "machinery", *STAGES]
        for exercise in exercises:
            folders += [exercise.stage, exercise.folder]
            _ = exercise.wrong_answers  # which are kept, too
        self.archive = io.BytesIO()
        with tarfile.open(fileobj=self.archive, mode="w") as archive:
            for folder in dict.fromkeys(folders):
                around = ROOT if folder.is_relative_to(ROOT) else folder.parent
                if folder.parent.name in {"exercises", "projects"}:
                    around = folder.parents[2]
                for path in [*folder.rglob("*.py"), *folder.glob("README.md")]:
                    if path.name != "solution.py":
                        archive.add(path, path.relative_to(around))

    def judge(self, exercise: Exercise, text: str) -> Verdict:
        """Judges one answer, in a copy that is thrown away afterwards."""
        self.archive.seek(0)
        with (
            TemporaryDirectory(ignore_cleanup_errors=True) as copy,
            tarfile.open(fileobj=self.archive) as archive,
        ):
            archive.extractall(copy, filter="data")
            [verdict] = run([(exercise, text)], Path(copy), self.sandbox)
        return verdict


@dataclass
class HandedIn:
    """A student's answer to an exercise."""

    student: str
    file: Path
    others: int  # files of a like name that are older


def handed_in(students: Path, exercise: Exercise) -> Iterator[HandedIn]:
    """Yields the newest answer of each student, as `shout (1).py` if need be."""
    stem = re.escape(exercise.file.stem)
    like = re.compile(rf"{stem}\W*\d*\W*\.py(\.txt)?", re.IGNORECASE)
    for folder in sorted(filter(Path.is_dir, students.iterdir())):
        files = [path for path in folder.rglob("*") if like.fullmatch(path.name)]
        files = [path for path in files if path.is_file()]
        if files:
            newest = max(files, key=lambda path: (path.stat().st_mtime_ns, path))
            yield HandedIn(folder.name, newest, len(files) - 1)


@dataclass
class Row:
    """What a student has done in an exercise."""

    student: str
    exercise: str
    result: str  # such as `3 of 4`, `error`, or `-` if nothing was handed in
    file: str = ""
    told: str = ""


def results(
    students: Path, done: list[Judged]
) -> tuple[list[Exercise], dict[str, dict[Exercise, Row]]]:
    """Returns the exercises, and a row for each student and exercise."""
    exercises = sorted({j.exercise for j in done}, key=lambda e: e.place)
    folders = sorted(filter(Path.is_dir, students.iterdir()))
    table = {
        folder.name: {e: Row(folder.name, head(e), "-") for e in exercises}
        for folder in folders
    }
    for judged in done:
        verdict = judged.verdict
        result = "error" if verdict.trouble else score(verdict)
        file = judged.answer.relative_to(students)
        told = explain(judged.exercise, judged.answer, judged.text, verdict)
        table[file.parts[0]][judged.exercise] = Row(
            file.parts[0],
            head(judged.exercise),
            result,
            file.as_posix(),
            "\n\n".join(told),
        )
    return exercises, table


def head(exercise: Exercise) -> str:
    """Returns the short name of an exercise, such as `01/3`."""
    return f"{exercise.stage.name[:2]}/{exercise.number}"


def table_of_class(students: Path, done: list[Judged]) -> list[str]:
    """Returns the results of all who have a folder in `students`: a line for each."""
    exercises, table = results(students, done)
    return [
        line("", map(head, exercises)),
        *(
            line(student, (row.result for row in rows.values()))
            for student, rows in table.items()
        ),
    ]


def line(name: str, cells: Iterable[str]) -> str:
    """Returns a line of the table."""
    return f"{name:20}" + "".join(f"{cell:>9}" for cell in cells)


def write_csv(file: Path, students: Path, done: list[Judged]) -> None:
    """Writes the results for a spreadsheet: a row for each student and exercise."""
    _, table = results(students, done)
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Row.__annotations__)
        for rows in table.values():
            writer.writerows(vars(row).values() for row in rows.values())
