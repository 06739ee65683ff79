"""Sends 100 clients to a server that may have 64 files open.

To the system a connection is an open file, known by a number, its descriptor. How many
a process may have is limited; here the limit is a low one.
"""

import sys
import time
from collections import Counter
from math import nan

from echo_lab import LOOPBACK, Row, Server, print_table, run
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorTime,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

DESCRIPTORS = 64
CROWD = 100
NEWCOMERS = 40
PATIENCE = 2  # seconds that a client waits for its answer
PAUSE = 0.5  # seconds in which nobody does anything


class Visitor(Protocol, TimeoutMixin):
    """A client that says hello, and stays."""

    transport: ITransport

    def __init__(self) -> None:
        """`fate` fires with what becomes of its hello."""
        self.fate: Deferred[str] = Deferred()

    def connectionMade(self) -> None:
        """Says hello."""
        self.transport.write(b"hello\n")
        self.setTimeout(PATIENCE)

    def dataReceived(self, data: bytes) -> None:
        """Takes whatever comes for the answer."""
        self.decide("answered")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Has been turned away, if this comes first."""
        self.decide("turned away")

    def timeoutConnection(self) -> None:
        """Has waited long enough, and stays all the same; TimeoutMixin calls this."""
        self.decide("left waiting")

    def decide(self, fate: str) -> None:
        """Tells what became of the hello, once."""
        self.setTimeout(None)
        if not self.fate.called:
            self.fate.callback(fate)


async def measure(clock: IReactorTime, server: Server) -> dict[str, Row]:
    """Returns what happens to a crowd, and to clients that come after it left."""
    endpoint = await server.listening()
    server.progress(f"{CROWD} clients come, and stay")
    crowd, fates = await visit(endpoint, CROWD)
    before = cpu(server)
    await deferLater(clock, PAUSE)
    used = cpu(server) - before
    server.progress(f"they leave, and {NEWCOMERS} others come")
    for visitor in crowd:
        visitor.transport.loseConnection()
    await deferLater(clock, PAUSE)  # in which the server learns of it
    _, later = await visit(endpoint, NEWCOMERS)
    return {
        f"answered, of {CROWD}": fates["answered"],
        "turned away at once": fates["turned away"],
        f"left waiting for {PATIENCE} seconds": fates["left waiting"],
        "% of a CPU while idle": used / PAUSE * 100,
        f"later answered, of {NEWCOMERS}": later["answered"],
    }


async def visit(
    endpoint: IStreamClientEndpoint, clients: int
) -> tuple[list[Visitor], Counter[str]]:
    """Connects clients; returns them, and how many of them had which fate."""
    visitors = [await connectProtocol(endpoint, Visitor()) for _ in range(clients)]
    return visitors, Counter([await visitor.fate for visitor in visitors])


def cpu(server: Server) -> float:
    """Returns how many seconds of CPU a server has used; nan where no clock tells."""
    if sys.platform != "linux":
        return nan
    # How Linux numbers the CPU clock of a process.
    return time.clock_gettime((~server.process.pid << 3) | 2)


def start(reactor: IReactorCore, script: str, where: str) -> Server:
    """Starts a server with few descriptors: it inherits the limit of this process."""
    if sys.platform == "win32":
        sys.exit("This lab sets a limit of open files, and Windows cannot set one.")
    import resource  # noqa: PLC0415 - which Windows does not have

    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, most))
    server = Server(reactor, script, where)
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    return server


async def main(reactor: IReactorCore) -> None:
    """Measures both servers, one after the other."""
    servers = [
        start(reactor, "naive_threads.py", "0"),
        start(reactor, "../echo_server.py", LOOPBACK),
    ]
    clock = IReactorTime(reactor)
    print_table({server.name: await measure(clock, server) for server in servers})


if __name__ == "__main__":
    run(main)
