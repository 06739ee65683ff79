"""An HTTP server that answers "I am request #N", counted from 1 since it started.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:8080:interface=127.0.0.1      this machine only (the default)
  tcp:8080                          everyone who can reach this machine
  unix:/tmp/counter.sock            a UNIX socket
  ssl:8443:privateKey=server.pem    HTTPS; key and certificate in one file
"""

import sys
from argparse import ArgumentParser, RawTextHelpFormatter

from twisted.internet import error, interfaces, protocol, task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

DEFAULT = "tcp:8080:interface=127.0.0.1"
log = Logger()


class RequestCounter(Resource):
    """Answers every request, on every path, with its number."""

    isLeaf = True  # it answers for all paths, instead of looking for a child

    def __init__(self) -> None:
        super().__init__()
        self.count = 0  # lives as long as this object

    def render_GET(self, request: Request) -> bytes:
        """Counts a GET request and returns the body of its answer."""
        self.count += 1
        return self.body(request, self.count)

    def render_HEAD(self, request: Request) -> bytes:
        """Answers as the next GET would, and counts nothing."""
        return self.body(request, self.count + 1)  # Twisted sends only its length

    def body(self, request: Request, number: int) -> bytes:
        """Returns the answer to request `number`, after setting its headers."""
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")  # each answer is a new one
        return b"I am request #%d\n" % number


@implementer(interfaces.IHalfCloseableProtocol)
class DeadlineChannel(http.HTTPChannel):
    """One connection of a client that has 60 seconds for each whole request."""

    factory: "CounterSite"
    answers_left = 16  # then other clients come first
    hanging_up = False
    longest_body = 0  # bytes; a site with forms needs more

    def resetTimeout(self) -> None:
        """Grants no more time. Twisted calls this whenever some bytes arrive."""

    def allHeadersReceived(self) -> None:
        """Refuses a body before it arrives, and a request without exactly one Host."""
        hosts = self.requests[-1].requestHeaders.getRawHeaders(b"host", [])
        if self.length is None or self.length > self.longest_body:  # None: in chunks
            self.refuse(b"413 Content Too Large")
        elif self._version == b"HTTP/1.1" and len(hosts) != 1:
            self.refuse(b"400 Bad Request")
        else:
            super().allHeadersReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuses a line of more than 16 KiB, in the middle of which this happens."""
        self.refuse(b"431 Request Header Fields Too Large")

    def refuse(self, status: bytes) -> None:
        """Answers with a status alone, and hangs up."""
        self.length = None  # as if a body came: so Twisted asks no Resource
        self.write(b"HTTP/1.1 %b\r\nConnection: close\r\n\r\n" % status)
        self.loseConnection()

    def requestDone(self, request: http.Request) -> None:
        """Goes on to the next request. After 16 of them, other clients come first."""
        self.answers_left = 16 if self.paused else self.answers_left - 1
        self.paused = self.answers_left == 0  # LineReceiver keeps what arrives
        if self.paused:
            interfaces.IPushProducer(self.transport).pauseProducing()
            self.callLater(0, lambda: self.requestDone(request))
        elif not self.hanging_up:
            super().requestDone(request)
            self.dataReceived(b"")  # goes on with the kept lines, if there are any

    def loseConnection(self) -> None:
        """Hangs up once everything is sent. The client has a minute to take it."""
        if not self.hanging_up:
            self.hanging_up = True
            super().loseConnection()
            self.setTimeout(self.factory.timeOut)

    def dataReceived(self, data: bytes) -> None:
        """Ignores bytes that arrive over TLS while this server hangs up."""
        if data[:1] == b"\x16" and not (self.requests or self.hanging_up):  # it is TLS
            self.refuse(b"400 Bad Request")
        elif not self.hanging_up:
            try:
                super().dataReceived(data)
            except ValueError:  # from a Content-Length of more than 4,300 digits
                self.refuse(b"400 Bad Request")

    def pauseProducing(self) -> None:
        """Stops receiving while more than 64 KiB of answers wait to be sent."""
        super().pauseProducing()  # which lets reading go on during an answer
        interfaces.IPushProducer(self.transport).pauseProducing()

    def readConnectionLost(self) -> None:
        """Hangs up. A due answer has a minute; once it's sent, this is called again."""
        if self.setTimeout(self.factory.timeOut):  # it returns None during an answer
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """Required by the interface. Never called: this server closes both halves."""

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        """Logs one line if the connection broke; the reactor calls this once, last."""
        self.hanging_up = True
        super().connectionLost(reason)
        if not (reason.check(error.ConnectionDone) or self.factory.stopping):
            log.warn("lost {who}: {why}", who=self.getPeer(), why=reason.value)


class CounterSite(Site):
    """Makes the channels around one counter. In a test, a Clock is the reactor."""

    protocol = DeadlineChannel  # type: ignore[assignment]  # its type is too narrow
    stopping = False  # main sets it when the server is told to stop

    def __init__(self, reactor: interfaces.IReactorTime) -> None:
        super().__init__(RequestCounter(), timeout=60, reactor=reactor)

    def acceptableProtocols(self) -> list[bytes]:
        """Offers HTTPS clients HTTP/1.1 alone, even if Twisted knows HTTP/2 too."""
        return [b"http/1.1"]

    def log(self, request: http.Request) -> None:
        """Keeps no access log: Site would format a line that nobody reads."""


async def main(reactor: interfaces.IReactorCore, endpoint: str) -> None:
    """Counts at `endpoint` until told to stop; raises SystemExit if it can't listen."""
    factory = CounterSite(interfaces.IReactorTime(reactor))
    try:
        port = await serverFromString(reactor, endpoint).listen(factory)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {why}")
    scheme = "https" if endpoint.startswith(("ssl:", "tls:")) else "http"
    where = address_of(port.getHost(), scheme)
    client = sys.argv[0].removesuffix("server.py") + "client.py"
    line = f"Request counter on {where}. Try: {sys.orig_argv[0]} {client}"
    reactor.callWhenRunning(announce, line if endpoint == DEFAULT else f"{line} --help")
    told_to_stop: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", told_to_stop.callback, None)
    await told_to_stop  # by Ctrl-C or SIGTERM
    factory.stopping = True


def announce(line: str) -> None:
    """Prints a line, once the reactor runs. Before, Ctrl-C would print a traceback."""
    try:
        print(line, flush=True)
    except OSError:  # a full disk, or a pipe that nobody reads: the server goes on
        sys.stdout = None  # or Python would try again when it ends


def address_of(bound: IPv4Address | IPv6Address | UNIXAddress, scheme: str) -> str:
    """Returns the address where a server listens, as people write it."""
    if isinstance(bound, UNIXAddress):
        return (bound.name or b"").decode(errors="replace")
    host = f"[{bound.host}]" if isinstance(bound, IPv6Address) else bound.host
    return f"{scheme}://{host}:{bound.port}/"


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("ENDPOINT", nargs="?", default=DEFAULT)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [parser.parse_args().ENDPOINT])
