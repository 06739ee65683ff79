"""A server that is stopped and started again, at a port of its own or at a held one."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import (
    IProcessTransport,
    IReactorCore,
    IReactorProcess,
)
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

ROOT = Path(__file__).parents[2]

# What systemd tells a server when it hands it a socket, as descriptor 3. The server
# ignores Ctrl-C, which reaches everything in the terminal: the lab ends its servers.
AS_SYSTEMD = """
trap '' INT
LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=chat exec "$@"
"""


class Place:
    """A port where one server after another listens."""

    def __init__(self, reactor: IReactorCore, script: str, *, held: bool) -> None:
        """Finds a port, and keeps it open if it is to be `held` for the servers."""
        self.reactor = reactor
        self.script = script
        self.socket = socket.create_server(("127.0.0.1", 0))
        port = self.socket.getsockname()[1]
        self.endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        self.where = "systemd:domain=INET:name=chat"
        # The server's 0 and 1 are pipes to the lab; 2 and 3 are the lab's own.
        self.descriptors: dict[int, int | str] = {
            0: "w",
            1: "r",
            2: 2,
            3: self.socket.fileno(),
        }
        if not held:
            self.socket.close()
            self.where = f"tcp:{port}:interface=127.0.0.1"
            del self.descriptors[3]

    async def serve(self) -> "Server":
        """Starts a server, and returns it once it listens."""
        python = [sys.executable, str(ROOT / self.script), self.where]
        server = Server(self.reactor)
        IReactorProcess(self.reactor).spawnProcess(
            server,
            "/bin/sh",
            ["sh", "-c", AS_SYSTEMD, "sh", *python],
            env=os.environ,
            childFDs=self.descriptors,
        )
        await server.listening
        return server

    def progress(self, what: str) -> None:
        """Says on standard error what is being done to the server."""
        print(f"{Path(self.script).name}: {what}", file=sys.stderr)


class Server(ProcessProtocol):
    """A server in a process of its own, which ends with the lab."""

    transport: IProcessTransport

    def __init__(self, reactor: IReactorCore) -> None:
        """`listening` fires when it listens, and `ended` when it has ended."""
        self.listening: Deferred[None] = Deferred()
        self.ended: Deferred[None] = Deferred()
        reactor.addSystemEventTrigger("before", "shutdown", self.signal, "KILL")

    def signal(self, name: str) -> None:
        """Sends it a signal, if it still runs."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess(name)

    def outReceived(self, data: bytes) -> None:
        """Takes the announcement, which may come in two pieces."""
        if not self.listening.called:
            self.listening.callback(None)

    def processEnded(self, reason: Failure) -> None:
        """Tells who waits for the end, or still for the beginning."""
        if not self.listening.called:
            why = "A server did not start; it should have said why, above."
            self.listening.errback(SystemExit(why))
        self.ended.callback(None)
