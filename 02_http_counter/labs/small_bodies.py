"""Shared by the guest books: a Site that lets small bodies pass, and `main`."""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where counter_server is

from counter_server import (
    CounterSite,
    DeadlineChannel,
    RequestCounter,
    address_of,
    announce,
)
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import Site

__all__ = ["RequestCounter", "SmallBodySite", "serve"]


class SmallBodyChannel(DeadlineChannel):
    """Lets a body of up to 16 KiB pass. A longer one is refused before it arrives."""

    longest_body = 16 * 1024


class SmallBodySite(CounterSite):
    """Has the counter's deadline and turns, but another Resource answers."""

    protocol = SmallBodyChannel

    def __init__(self, reactor: IReactorTime, root: Resource) -> None:
        """Takes the reactor, or in a test a Clock, and the Resource."""
        super().__init__(reactor)
        self.resource = root


def serve(name: str, make_site: Callable[[IReactorTime], Site]) -> None:
    """Serves a Site on port 8080, or where the command line says, until Ctrl-C."""
    where = [*sys.argv[1:], "tcp:8080:interface=127.0.0.1"][0]

    async def main(reactor: IReactorCore) -> None:
        site = make_site(IReactorTime(reactor))
        try:
            port = await serverFromString(reactor, where).listen(site)
        except Exception as why:  # each mistake in an endpoint has a type of its own
            sys.exit(f"Cannot listen on '{where}': {why}")
        url = address_of(port.getHost(), "http")
        reactor.callWhenRunning(announce, f"{name} on {url}")
        await Deferred()

    task.react(main)
