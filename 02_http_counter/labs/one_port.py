"""Two request counters behind one port: two processes with one listening socket."""

import os
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where counter_server is

from count_blocks import opened
from counter_server import CounterSite
from lasting_counter import LastingCounter, pool
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import AdoptedStreamServerEndpoint
from twisted.internet.interfaces import IReactorCore, IReactorTime


async def main(reactor: IReactorCore, listening: socket.socket, file: str) -> None:
    """Counts the requests that come to `listening`, until it is told to stop."""
    host, port = listening.getsockname()
    # An endpoint for a socket that is open already. It makes the socket non-blocking:
    # both processes hear of a new client, and the one that is late must not wait.
    endpoint = AdoptedStreamServerEndpoint(reactor, listening.detach(), socket.AF_INET)
    site = CounterSite(IReactorTime(reactor))
    if file:
        site.resource = LastingCounter(pool(reactor, file))
    await endpoint.listen(site)
    # Text and line end in one piece, because two processes write here.
    line = f"Process {os.getpid()} counts at http://{host}:{port}/\n"
    reactor.callWhenRunning(print, line, end="", flush=True)
    await Deferred()


if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit("This lab needs fork, which Windows does not have.")
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("PORT", type=int)
    parser.add_argument("DATABASE", nargs="?", help="where both keep one number")
    chosen = parser.parse_args()
    try:
        listening = socket.create_server(("127.0.0.1", chosen.PORT))
    except (OSError, OverflowError) as error:
        sys.exit(f"Cannot listen on port {chosen.PORT}: {error}")
    if chosen.DATABASE:  # made before the fork, or the two would lock each other out
        opened(chosen.DATABASE).close()
    os.fork()  # from here on two processes run, with all that the one had
    task.react(main, [listening, chosen.DATABASE])
