"""Serves 1100 clients with the reactor that macOS and Windows use."""

import resource
import sys
from pathlib import Path

from twisted.internet import selectreactor

selectreactor.install()

from twisted.internet import task, utils
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo


async def main(reactor: IReactorCore) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))
    server = serverFromString(reactor, "tcp:0:interface=127.0.0.1:backlog=1100")
    port = await server.listen(Factory.forProtocol(Echo))
    crowd = [str(Path(__file__).with_name("crowd.py")), str(port.getHost().port)]
    answer = await utils.getProcessOutput(sys.executable, crowd)
    print(type(reactor).__name__, "answered", answer.decode(), end="")


task.react(main)
