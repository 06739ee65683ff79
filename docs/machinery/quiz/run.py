"""Runs the program of a question, and tells what of the run is the answer.

| `tell` | is |
|---|---|
| `prints` | what the program prints, and whether it logs an error |
| `NAME receives` | the bytes that a client of the scene receives |
| `NAME reads` | the same as lines of text |
| `NAME is answered` | the status and the body of each HTTP answer that it gets |
| `NAME sees` | the calls of the reactor on that client's Protocol |

For NAME, `everyone` stands for all clients. None of this waits or needs a network.
"""

import gc
import re
import runpy
import sys
import warnings
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import twisted.internet
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import globalLogPublisher

from docs.machinery import STAGES
from docs.machinery.diagrams.scene import Step, parse_step
from docs.machinery.diagrams.session import Session, numbered
from docs.machinery.diagrams.tracks import record
from docs.machinery.exercises.case import Stream
from docs.machinery.exercises.judge import factory_of
from docs.machinery.quiz.question import Question, QuizError

TELL = re.compile(r"(?P<name>\w+) (?P<verb>receives|reads|is answered|sees)")
CONTROL = re.compile("[\x00-\x1f]")
METHOD = re.compile(r"^(\w+) \S+ HTTP/", re.MULTILINE)  # of a request
ERROR = "an error in the log"
NOTHING = "nothing"


def outcome(question: Question, text: str, scene: str) -> str:
    """Returns what a program and a scene give, in the place of the question's own."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "program.py")
        file.write_text(text, "utf-8")
        if question.tell == "prints":
            gc.freeze()  # `record` collects garbage, and there is none of the site's
            run = record(file)
            gc.unfreeze()
            lines = [*run.printed.splitlines(), *[ERROR] * bool(run.logged)]
            return "\n".join(lines) or NOTHING
        if not (asked := TELL.fullmatch(question.tell)):
            raise QuizError(f"nothing to tell by '{question.tell}'")
        steps = list(read_steps(scene))
        session = play(question, file, steps)
    names = dict.fromkeys(client.name for client in session.clients)
    if asked["name"] == "everyone":
        told = [
            f"{name}: {line}"
            for name in names
            for line in tell(session, steps, name, asked["verb"])
        ]
    elif asked["name"] in names:
        told = tell(session, steps, asked["name"], asked["verb"])
    else:
        raise QuizError(f"no client '{asked['name']}' in the scene")
    return "\n".join(told)


def read_steps(scene: str) -> Iterator[Step | None]:
    """Yields the steps of a scene, and None where that begins which is asked about."""
    for line in scene.strip().splitlines():
        yield None if line == "---" else parse_step(line.strip())


def play(question: Question, file: Path, steps: list[Step | None]) -> Session:
    """Returns the session in which clients meet what the file serves."""
    clock = MemoryReactorClock()
    with (
        patch.object(sys, "path", [*map(str, STAGES), *sys.path]),
        # A program may import the reactor; what it logs goes nowhere.
        patch.object(twisted.internet, "reactor", clock, create=True),
        patch.object(globalLogPublisher, "_observers", []),
        # Twisted warns of its own error pages; nothing may depend on who hears that.
        warnings.catch_warnings(action="ignore"),
        numbered(),
    ):
        if question.exercise:
            factory = factory_of(question.exercise, file, clock)
        else:
            names = runpy.run_path(str(file))
            factory = eval(question.serve, names | {"clock": clock})  # noqa: S307 - the page's own
        session = Session(clock)
        factory.doStart()
        for step in steps:
            if step:
                session.act(step, factory)
                continue
            session.events.clear()
            for client in session.clients:
                client.clear()
        factory.doStop()
    return session


def tell(session: Session, steps: list[Step | None], name: str, verb: str) -> list[str]:
    """Returns what a client gets, one thing a line."""
    mine = [client for client in session.clients if client.name == name]
    received = b"".join(client.value() for client in mine)
    match verb:
        case "sees":
            told = [
                event.label
                for event in session.events
                if event.kind == "call" and event.source == name
            ]
            return told or [NOTHING]
        case "is answered":
            told = list(answers(received, requests(steps, name)))
        case "reads":
            told = [
                CONTROL.sub(lambda c: repr(c[0])[1:-1], line)
                for line in received.decode(errors="backslashreplace").split("\n")
                if line
            ]
        case _:
            told = [repr(received)] if received else []
    # Who hangs up or stays without an answer is part of what a client gets.
    if any(client.disconnecting or client.disconnected for client in mine):
        told.append("the end of the connection")
    return told or [NOTHING]


def requests(steps: list[Step | None], name: str) -> Iterator[str]:
    """Yields the HTTP method of each request that a client sends."""
    start = steps.index(None) + 1 if None in steps else 0
    for step in steps[start:]:
        if step and step.client == name and step.verb == "sends":
            yield from METHOD.findall(step.data.decode())


def answers(received: bytes, methods: Iterator[str]) -> Iterator[str]:
    """Yields each answer as its status and what it says."""
    stream = Stream(received)
    while stream.tell() < len(received):
        method = next(methods, "")
        answer = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        try:
            answer.begin()
            body = answer.read().decode().strip()
        except (HTTPException, ValueError) as error:
            raise QuizError(f"no answer of HTTP: {received!r}") from error
        # A page of Twisted's own, in HTML, repeats the status.
        said = f": {body}" if body and not body.startswith("<") else ""
        yield f"{answer.status} {answer.reason}{said}"
    yield from ("no answer so far" for _ in methods)
