"""Shows what a server does if its port is taken."""

from subprocess import PIPE, Popen, TimeoutExpired

from echo_lab import LOOPBACK, Row, Server, print_table, run
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThread

SERVERS = ["../steps/echo1.py", "../steps/echo2.py", "../echo_server.py"]
PATIENCE = 2  # seconds in which a process that has failed should have ended


async def measure(server: Server) -> dict[str, Row]:
    """Returns what a server prints if it can't listen, and how it ends."""
    server.progress("starts on a port that is taken")
    # Both wait, for a line and for an end: that is work for a thread.
    lines = await deferToThread(complaint, server.process)
    return {
        "lines until it has said why": lines,
        f"{PATIENCE} seconds later": await deferToThread(state, server.process),
    }


def complaint(process: Popen[str]) -> int:
    """Reads how a server complains, and returns the number of lines it takes."""
    assert process.stderr is not None
    for number, line in enumerate(process.stderr, 1):
        if "Couldn't listen" in line:
            return number
    return 0


def state(process: Popen[str]) -> str:
    """Returns whether a process still runs, or its exit status."""
    try:
        return f"exit status {process.wait(PATIENCE)}"
    except TimeoutExpired:
        return "still running"


async def main(reactor: IReactorCore) -> None:
    """Takes a port, and starts all servers there."""
    port = await serverFromString(reactor, LOOPBACK).listen(Factory())
    where = f"tcp:{port.getHost().port}:interface=127.0.0.1"
    servers = [Server(reactor, script, where, errors=PIPE) for script in SERVERS]
    print_table({server.name: await measure(server) for server in servers})


if __name__ == "__main__":
    run(main)
