"""A chat server that remembers what was said, even after a restart.

FILE is the SQLite database that keeps the history; it is made if it isn't there.
ENDPOINT says where to listen, as a Twisted endpoint description.
"""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where the stage is

from chat_history import open_chat
from chat_server import DEFAULT, ChatFactory, address_of, announce
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import STDLibLogObserver, globalLogBeginner

CLIENT = os.path.relpath(Path(__file__).parents[1] / "chat_client.py")


async def main(reactor: IReactorCore, file: str, endpoint: str) -> None:
    """Chats at `endpoint` until told to stop; raises SystemExit if it can't."""
    factory = ChatFactory(IReactorTime(reactor))
    try:
        factory.chat = await open_chat(reactor, file)  # all that differs from the stage
        port = await serverFromString(reactor, endpoint).listen(factory)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot serve '{endpoint}' with '{file}': {why}")
    where = address_of(port.getHost())
    hint = CLIENT if endpoint == DEFAULT else f"{CLIENT} --help"
    line = f"Chat server on {where}. Try: {sys.orig_argv[0]} {hint}"
    reactor.callWhenRunning(announce, line)
    told_to_stop: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", told_to_stop.callback, None)
    await told_to_stop
    factory.stopping = True


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("FILE")
    parser.add_argument("ENDPOINT", nargs="?", default=DEFAULT)
    arguments = vars(parser.parse_args())
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, arguments.values())
