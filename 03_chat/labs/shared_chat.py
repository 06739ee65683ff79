"""A chat server that shares its rooms with other servers, through Redis.

NAME is what the people there read before each line that comes from here. ENDPOINT says
where to listen, such as tcp:1234:interface=127.0.0.1, and REDIS where to connect, such
as tcp:127.0.0.1:6379, as Twisted endpoint descriptions.
"""

import os
import re
import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where the stage is

from chat_commands import NAME, NAME_RULE
from chat_server import DEFAULT, ChatFactory, address_of, announce
from shared_channels import SharedChannels
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import STDLibLogObserver, globalLogBeginner

try:
    from redis_link import RedisLink
except ModuleNotFoundError as error:
    sys.exit(f"{error}. For this lab: python -m pip install hiredis==3.5.0")

CLIENT = os.path.relpath(Path(__file__).parents[1] / "chat_client.py")


async def main(reactor: IReactorCore, name: str, endpoint: str, redis: str) -> None:
    """Runs a chat at `endpoint` until the process is told to stop.

    Raises SystemExit with one line for the user when it cannot.
    """
    if not re.fullmatch(NAME, name):
        sys.exit(f"A server's name is {NAME_RULE}.")
    factory = ChatFactory(IReactorTime(reactor))
    try:
        link = RedisLink(clientFromString(reactor, redis), IReactorTime(reactor))
        # All that differs from the stage.
        factory.chat.channels = SharedChannels(name, link, factory)
        reactor.addSystemEventTrigger("before", "shutdown", link.service.stopService)
        await link.start()  # or the first lines could be said too early for it
        port = await serverFromString(reactor, endpoint).listen(factory)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot serve '{endpoint}' with '{redis}': {error}")
    where = address_of(port.getHost())
    hint = CLIENT if endpoint == DEFAULT else f"{CLIENT} --help"
    line = f"Chat server {name} on {where}. Try: {sys.orig_argv[0]} {hint}"
    reactor.callWhenRunning(announce, line)
    told_to_stop: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", told_to_stop.callback, None)
    await told_to_stop
    factory.stopping = True


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    for argument in ["NAME", "ENDPOINT", "REDIS"]:
        parser.add_argument(argument)
    arguments = vars(parser.parse_args())
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, arguments.values())
