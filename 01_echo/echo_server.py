"""An echo server: every byte that a client sends comes back to it, in order.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:1234:interface=127.0.0.1      this machine only (the default)
  tcp:1234                          everyone who can reach this machine
  unix:/tmp/echo.sock               a UNIX socket
  ssl:1234:privateKey=server.pem    TLS; key and certificate in one file
"""

import sys
from argparse import ArgumentParser, RawTextHelpFormatter

from twisted.internet import error, interfaces, task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

DEFAULT = "tcp:1234:interface=127.0.0.1"
log = Logger()


@implementer(interfaces.IHalfCloseableProtocol)
class EchoProtocol(Protocol):
    """One conversation with one client: sends back whatever it receives."""

    transport: interfaces.ITCPTransport
    factory: "EchoFactory"

    def connectionMade(self) -> None:
        """Makes reading pause when over 64 KiB wait, until all of it is sent."""
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)  # or a small answer may wait for 40 ms
        producer = interfaces.IProducer(self.transport)
        interfaces.IConsumer(self.transport).registerProducer(producer, streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        """Hangs up once everything is sent: the client only listens from now on."""
        interfaces.IConsumer(self.transport).unregisterProducer()  # it sends no more
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Required by the interface. Never called: this server closes both halves."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Logs one line if the connection broke; the reactor calls this once, last."""
        if not (reason.check(error.ConnectionDone) or self.factory.stopping):
            who = self.transport.getPeer()
            log.warn("lost {who}: {why}", who=who, why=reason.value)


class EchoFactory(Factory[EchoProtocol]):
    """Makes the protocols, one for each client."""

    protocol = EchoProtocol
    stopping = False  # main sets it when the server is told to stop


async def main(reactor: interfaces.IReactorCore, endpoint: str) -> None:
    """Echoes at `endpoint` until told to stop; raises SystemExit if it can't listen."""
    factory = EchoFactory()
    try:
        port = await serverFromString(reactor, endpoint).listen(factory)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {why}")
    where = address_of(port.getHost())
    client = sys.argv[0].removesuffix("server.py") + "client.py"
    line = f"Echo server on {where}. Try: {sys.orig_argv[0]} {client}"
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


def address_of(bound: IPv4Address | IPv6Address | UNIXAddress) -> str:
    """Returns the address where a server listens, as people write it."""
    if isinstance(bound, UNIXAddress):
        return (bound.name or b"").decode(errors="replace")
    host = f"[{bound.host}]" if isinstance(bound, IPv6Address) else bound.host
    return f"{host}:{bound.port}"


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("ENDPOINT", nargs="?", default=DEFAULT)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [parser.parse_args().ENDPOINT])
