"""Runs an exercise's answer as a real server: `pytest FOLDER --serve` starts this.

Its arguments are the exercise's folder and the file that answers it. What it serves
is what `make_factory` makes for the tests, on the port that the stage's client takes.
"""

import sys
from pathlib import Path

from exercise_folder import Exercise
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import STDLibLogObserver, globalLogBeginner
from twisted.web.server import Site

from tests.exercise_judge import factory_of


async def main(reactor: IReactorCore, folder: str, answer: str) -> None:
    """Serves until Ctrl-C; raises SystemExit with one line when that cannot be."""
    exercise = Exercise(Path(folder))
    factory = factory_of(exercise, Path(answer), IReactorTime(reactor))
    port, url = (8080, "http://") if isinstance(factory, Site) else (1234, "")
    try:
        endpoint = f"tcp:{port}:interface=127.0.0.1"
        await serverFromString(reactor, endpoint).listen(factory)
    except Exception as error:
        sys.exit(f"Cannot listen: {error}")
    line = f"{exercise.file.name} serves on {url}127.0.0.1:{port}. Ctrl-C stops it."
    reactor.callWhenRunning(print, line, flush=True)
    await Deferred()  # never fires


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, sys.argv[1:])
