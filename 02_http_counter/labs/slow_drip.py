"""Measures how long a byte every ten seconds holds a connection.

Server and client meet in memory, on a Clock: an hour of it passes in a moment.
"""

import runpy
import sys
from contextlib import redirect_stdout
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any

from counter_lab import Row, print_table
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock, StringTransport

SERVERS = ["../steps/counter2.py", "../steps/counter3.py"]
INTERVAL = 10  # seconds from one byte to the next
WATCHED = 3600  # seconds, after which it is clear enough


def site_of(script: Path, reactor: MemoryReactorClock) -> Any:  # noqa: ANN401 - a step's
    """Runs a server's `main` on a reactor in memory, and returns what listens there."""
    main = runpy.run_path(str(script))["main"]
    more = ["tcp:8080"] if "endpoint" in signature(main).parameters else []
    with redirect_stdout(StringIO()):
        Deferred.fromCoroutine(main(reactor, *more))
    [(_port, site, *_)] = reactor.tcpServers
    return site


def seconds_held(script: Path) -> int:
    """Returns for how long a request that never ends keeps its connection."""
    reactor = MemoryReactorClock()
    site = site_of(script, reactor)
    site.reactor = reactor  # a Site that was not told of another has the real one
    transport = StringTransport()
    channel = site.buildProtocol(IPv4Address("TCP", "192.0.2.7", 50000))
    channel.makeConnection(transport)
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: localhost\r\nLong: ")
    while not transport.disconnecting and reactor.seconds() < WATCHED:
        channel.dataReceived(b"x")
        reactor.advance(INTERVAL)
    return int(reactor.seconds())


def measure(script: Path) -> dict[str, Row]:
    """Returns a column of the table."""
    return {f"seconds held, of {WATCHED}": seconds_held(script)}


if __name__ == "__main__":
    chosen = sys.argv[1:] or [f"{Path(__file__).parent}/{name}" for name in SERVERS]
    print_table({Path(name).name: measure(Path(name)) for name in chosen})
