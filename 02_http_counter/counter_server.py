r"""An HTTP server that answers "I am request #N", counted from 1 since it started.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:8080:interface=127.0.0.1      this machine only (the default)
  tcp:8080                          everyone who can reach this machine
  "tcp6:8080:interface=\:\:1"       this machine only, over IPv6
  unix:/tmp/counter.sock            a UNIX socket
  ssl:8443:privateKey=server.pem    HTTPS; key and certificate in one file
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from twisted.internet import task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    IReactorCore,
    IReactorTime,
    ITransport,
)
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

log = Logger()


class RequestCounter(Resource):
    """A resource that knows how often it was asked."""

    isLeaf = True  # it answers on every path, instead of looking for a child

    def __init__(self) -> None:
        """Starts before the first request. The count lives as long as this object."""
        super().__init__()
        self.count = 0

    def render_GET(self, request: Request) -> bytes:
        """Counts a GET request and returns the body of its answer."""
        self.count += 1
        return self.body(request, self.count)

    def render_HEAD(self, request: Request) -> bytes:
        """Answers as the next GET would, and counts nothing."""
        return self.body(request, self.count + 1)  # twisted.web sends its length alone

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer to request `number`, after setting its headers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")  # each answer is a new one
        return b"I am request #%d\n" % number


@implementer(IHalfCloseableProtocol)
class DeadlineChannel(http.HTTPChannel):
    """One connection of a client that has 60 seconds for each whole request."""

    transport: ITransport
    factory: "Factory[DeadlineChannel]"

    def resetTimeout(self) -> None:
        """Grants no more time. twisted.web calls this whenever some bytes arrive.

        The time starts with the connection and again with each answer. If bytes
        could reset it, one every 59 seconds would hold the connection for ever.
        """

    def pauseProducing(self) -> None:
        """Stops reading; the transport calls this at each write while much waits.

        twisted.web's own reads on if the write is a part of an answer, as all are here:
        a client that asks and never reads could fill this server's memory.
        """
        super().pauseProducing()
        IPushProducer(self.transport).pauseProducing()

    def readConnectionLost(self) -> None:
        """Hangs up once all is sent: the client has asked all that it wanted to."""
        self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Does nothing: only after loseWriteConnection would the reactor call this."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Logs one line if the connection broke."""
        super().connectionLost(reason)
        # With no port open any more, it is this server that is stopping.
        if self.factory.numPorts and not reason.check(ConnectionDone):
            peer = self.transport.getPeer()
            log.warn("lost {peer}: {why}", peer=peer, why=reason.value)


class CounterSite(Site):
    """The factory of the channels, with the one counter that all of them share."""

    protocol = DeadlineChannel  # type: ignore[assignment]  # its type is too narrow

    def __init__(self, reactor: IReactorTime) -> None:
        """Takes the reactor, or in a test a Clock, for the 60 seconds."""
        super().__init__(RequestCounter(), timeout=60, reactor=reactor)

    def log(self, request: http.Request) -> None:
        """Keeps no access log; Site's own would format a line that nobody reads."""


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Counts requests at `endpoint` until the process is told to stop.

    Raises SystemExit with one line for the user when it cannot listen.
    """
    try:
        site = CounterSite(IReactorTime(reactor))
        port = await serverFromString(reactor, endpoint).listen(site)
        reactor.addSystemEventTrigger("before", "shutdown", port.stopListening)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {error}")
    address, target = describe(port.getHost(), endpoint)
    client = Path(sys.argv[0]).with_name("counter_client.py")
    command = f'{sys.orig_argv[0]} {client} "{target}"'
    announcement = f"Request counter on {address}. Try: {command}"
    # Not before the reactor runs: until then, Ctrl-C would print a traceback.
    reactor.callWhenRunning(print, announcement, flush=True)
    await Deferred()  # never fires: the reactor runs until Ctrl-C or SIGTERM


def describe(
    bound: IPv4Address | IPv6Address | UNIXAddress, endpoint: str
) -> tuple[str, str]:
    """Returns a server's address as people write it, and how the client is to ask."""
    if isinstance(bound, UNIXAddress):
        path = os.fsdecode(bound.name or b"")
        return path, f"unix:{path}"
    host = f"[{bound.host}]" if isinstance(bound, IPv6Address) else bound.host
    if endpoint.startswith(("ssl:", "tls:")):
        client = f"tls:localhost:{bound.port}:trustRoots=FOLDER"
        return f"https://{host}:{bound.port}/", client
    url = f"http://{host}:{bound.port}/"
    return url, url


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default="tcp:8080:interface=127.0.0.1")
    arguments = parser.parse_args()
    # Python's log shows what Twisted's log holds: warnings and errors, on stderr.
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [arguments.ENDPOINT])
