r"""A chat server: clients join channels, and read what is published there.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:1234:interface=127.0.0.1      this machine only (the default)
  tcp:1234                          everyone who can reach this machine
  "tcp6:1234:interface=\:\:1"       this machine only, over IPv6
  unix:/tmp/chat.sock               a UNIX socket
  ssl:1234:privateKey=server.pem    TLS; key and certificate in one file
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from io import BytesIO
from pathlib import Path

from chat_commands import Chat, CommandError, decode, deliver
from outbox import Outbox
from twisted.internet import task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IReactorCore,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

log = Logger()


@implementer(IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """The connection of one client: finds the lines in the bytes that arrive."""

    delimiter = b"\n"  # `decode` removes the CR of clients that end lines with CRLF
    MAX_LENGTH = 512  # bytes in a line, its CR included

    transport: ITCPTransport
    factory: "ChatFactory"
    outbox: Outbox
    nick: str

    def connectionMade(self) -> None:
        """Prepares the connection, then enters the chat."""
        if ITCPTransport.providedBy(self.transport):
            # Otherwise TCP may hold a line back until an earlier one has arrived.
            self.transport.setTcpNoDelay(True)
        self.outbox = Outbox(self.transport)
        self.factory.chat.enter(self)

    def send(self, data: bytes) -> None:
        """Sends a line to this client."""
        self.outbox.write(data)

    def dataReceived(self, data: bytes) -> None:
        """Passes `data` on, cut at the end of each line."""
        # LineReceiver hands all that follows a line that is too long to
        # lineLengthExceeded, and goes no further: here, nothing follows.
        for piece in BytesIO(data):  # a file of bytes, read line by line
            super().dataReceived(piece)

    def lineReceived(self, line: bytes) -> None:
        """Obeys a line, or tells its sender, and nobody else, what is wrong with it."""
        if self.outbox.dropped:  # in the middle of the data that has arrived
            return
        try:
            self.factory.chat.obey(self, decode(line))
        except CommandError as error:
            deliver(f"error: {error}", [self])

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuses a line; of its bytes, `line` is what has arrived so far."""
        deliver(f"error: a line has at most {self.MAX_LENGTH} bytes", [self])
        if not line.endswith(self.delimiter):
            self.setRawMode()

    def rawDataReceived(self, data: bytes) -> None:
        """Skips the rest of a line that was too long."""
        if data.endswith(self.delimiter):
            self.setLineMode()

    def readConnectionLost(self) -> None:
        """Leaves the chat and hangs up once all is sent: the client has ended."""
        self.factory.chat.exit(self)  # nothing more is added to what it has to read
        # With a producer registered, Twisted would wait for more to send.
        IConsumer(self.transport).unregisterProducer()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Does nothing: only after loseWriteConnection would the reactor call this."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves the chat, and logs one line if the connection broke or was dropped."""
        # With no port open any more, it is this server that is stopping: everyone
        # goes, and nobody needs to be told.
        if not self.factory.numPorts:
            return
        self.factory.chat.exit(self)
        why = "it does not read" if self.outbox.dropped else reason.value
        if not isinstance(why, ConnectionDone):
            log.warn("lost {peer}: {why}", peer=self.transport.getPeer(), why=why)


class ChatFactory(Factory[ChatProtocol]):
    """Makes a protocol for each connection; all of them share one chat."""

    protocol = ChatProtocol

    def __init__(self) -> None:
        """Opens an empty chat."""
        self.chat = Chat()


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Runs a chat at `endpoint` until the process is told to stop.

    Raises SystemExit with one line for the user when it cannot listen.
    """
    try:
        port = await serverFromString(reactor, endpoint).listen(ChatFactory())
        reactor.addSystemEventTrigger("before", "shutdown", port.stopListening)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {error}")
    address, client_endpoint = describe(port.getHost(), endpoint)
    client = Path(sys.argv[0]).with_name("chat_client.py")
    command = f'{sys.orig_argv[0]} {client} "{client_endpoint}"'
    announcement = f"Chat server on {address}. Try: {command}"
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
