r"""An echo server: every byte that a client sends comes back to it, in order.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:1234:interface=127.0.0.1      this machine only (the default)
  tcp:1234                          everyone who can reach this machine
  "tcp6:1234:interface=\:\:1"       this machine only, over IPv6
  unix:/tmp/echo.sock               a UNIX socket
  ssl:1234:privateKey=server.pem    TLS; key and certificate in one file
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from twisted.internet import task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IProducer,
    IReactorCore,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

log = Logger()


@implementer(IHalfCloseableProtocol)
class EchoProtocol(Protocol):
    """One conversation with one client: sends back whatever it receives."""

    transport: ITransport
    factory: "Factory[EchoProtocol]"

    def connectionMade(self) -> None:
        """Prepares the connection; the reactor calls this once, first."""
        if ITCPTransport.providedBy(self.transport):
            # Otherwise TCP may hold a small answer back until an earlier one arrived.
            self.transport.setTcpNoDelay(True)
        # A transport both sends (as a consumer) and receives (as a producer). Tied
        # to itself, it stops receiving while more than 64 KiB wait to be sent: a
        # client that never reads cannot fill this server's memory.
        producer = IProducer(self.transport)
        IConsumer(self.transport).registerProducer(producer, streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        """Hangs up once all is sent: the client has no more to say, but may listen."""
        # With a producer registered, Twisted would wait for more to send.
        IConsumer(self.transport).unregisterProducer()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Does nothing: only after loseWriteConnection would the reactor call this."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Logs one line if the connection broke; the reactor calls this once, last."""
        # With no port open any more, it is this server that is stopping.
        if self.factory.numPorts and not reason.check(ConnectionDone):
            peer = self.transport.getPeer()
            log.warn("lost {peer}: {why}", peer=peer, why=reason.value)


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Echoes at `endpoint` until the process is told to stop.

    Raises SystemExit with one line for the user when it cannot listen.
    """
    try:
        factory = Factory.forProtocol(EchoProtocol)
        port = await serverFromString(reactor, endpoint).listen(factory)
        reactor.addSystemEventTrigger("before", "shutdown", port.stopListening)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {error}")
    address, client_endpoint = describe(port.getHost(), endpoint)
    client = Path(sys.argv[0]).with_name("echo_client.py")
    command = f'{sys.orig_argv[0]} {client} "{client_endpoint}"'
    announcement = f"Echo server on {address}. Try: {command}"
    # Not before the reactor runs: until then, Ctrl-C would print a traceback.
    reactor.callWhenRunning(print, announcement, flush=True)
    await Deferred()  # never fires: the reactor runs until Ctrl-C or SIGTERM


def describe(
    bound: IPv4Address | IPv6Address | UNIXAddress, endpoint: str
) -> tuple[str, str]:
    """Returns a server's address as people write it, and an endpoint for clients."""
    if isinstance(bound, UNIXAddress):
        path = os.fsdecode(bound.name or b"")
        return path, f"unix:{path}"
    host = f"[{bound.host}]" if isinstance(bound, IPv6Address) else bound.host
    client = f"tcp:{quoteStringArgument(bound.host)}:{bound.port}"
    if endpoint.startswith(("ssl:", "tls:")):
        client = f"tls:localhost:{bound.port}:trustRoots=FOLDER"
    return f"{host}:{bound.port}", client


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default="tcp:1234:interface=127.0.0.1")
    arguments = parser.parse_args()
    # Python's log shows what Twisted's log holds: warnings and errors, on stderr.
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [arguments.ENDPOINT])
