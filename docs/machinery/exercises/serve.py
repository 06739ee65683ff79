"""Runs an exercise's answer as a real server: `pytest FOLDER --serve` starts this.

Its arguments are a port (or -1, the one that the stage's client takes), the folder
and the file with the answer. What it serves is what the tests would test.
"""

import sys
from pathlib import Path

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import STDLibLogObserver, globalLogBeginner
from twisted.web.server import Site

from docs.machinery.exercises.folder import Exercise
from docs.machinery.exercises.judge import factory_of


async def main(reactor: IReactorCore, port: str, folder: str, answer: str) -> None:
    """Serves until Ctrl-C; raises SystemExit with one line when that cannot be."""
    exercise = Exercise(Path(folder))
    try:
        factory = factory_of(exercise, Path(answer), IReactorTime(reactor))
    except Exception as error:
        sys.exit(f"{exercise.file.name} cannot be run: {error}")
    usual, before = (8080, "http://") if isinstance(factory, Site) else (1234, "")
    number = usual if port == "-1" else int(port)
    try:
        endpoint = TCP4ServerEndpoint(reactor, number, interface="127.0.0.1")
        listening = await endpoint.listen(factory)
    except CannotListenError as error:
        sys.exit(str(error))
    where = f"{before}127.0.0.1:{listening.getHost().port}"
    line = f"{exercise.file.name} serves on {where}. Ctrl-C stops it."
    reactor.callWhenRunning(print, line, flush=True)
    await Deferred()  # never fires


if __name__ == "__main__":
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, sys.argv[1:])
