r"""An echo client: sends what you type to a server and shows what comes back.

ENDPOINT says where the server is, as a Twisted client endpoint description:

  tcp:127.0.0.1:1234                    this machine (the default)
  "tcp:\:\:1:1234"                      this machine, over IPv6
  unix:/tmp/echo.sock                   a UNIX socket
  tls:localhost:1234:trustRoots=FOLDER  TLS; FOLDER holds the trusted .pem files

Ctrl-D ends the input (on Windows Ctrl-Z and Enter), and so does the end of a pipe.
Then the client waits until the server hangs up. Over TLS, which has no half-close here,
it hangs up itself once it has received as many bytes as it has sent.
"""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from stat import S_ISFIFO, S_ISSOCK

from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IProducer,
    IReactorCore,
    ISSLTransport,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

if sys.platform == "win32":
    from console_io import ConsoleIO as StandardIO
else:
    from twisted.internet.stdio import StandardIO


class EchoClient(Protocol):
    """The connection to the server: carries the input there and shows the answers."""

    transport: ITCPTransport
    terminal: ITransport

    def __init__(self) -> None:
        """`closed` fires once, with the exception that says why it ended."""
        self.closed: Deferred[BaseException | None] = Deferred()
        self.ended = False  # no more input will come
        self.sent = self.received = 0  # bytes

    def connectionMade(self) -> None:
        """Has each line sent at once; TCP might wait for an earlier one to arrive."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)

    def send(self, data: bytes) -> None:
        """Sends `data`, and counts it."""
        self.sent += len(data)
        self.transport.write(data)

    def end(self) -> None:
        """Tells the server that no more will come, and waits for its last answers."""
        self.ended = True
        IConsumer(self.transport).unregisterProducer()
        if not ISSLTransport.providedBy(self.transport):
            self.transport.loseWriteConnection()
        elif self.received >= self.sent:
            self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Shows `data`: some bytes of the answers, cut at any place."""
        self.terminal.write(data)
        self.received += len(data)
        # Twisted's TLS has no half-close: there it is the client that hangs up.
        done = self.ended and self.received >= self.sent
        if done and ISSLTransport.providedBy(self.transport):
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Wakes `main`, which awaits `closed`."""
        self.closed.callback(reason.value)


@implementer(IHalfCloseableProtocol)
class Terminal(Protocol):
    """Standard input and output: for StandardIO, a connection like any other."""

    transport: ITransport

    def __init__(self, client: EchoClient) -> None:
        """`closed` fires once everything has been written to standard output."""
        self.client = client
        self.closed: Deferred[None] = Deferred()
        self.broken = False  # standard output takes no more

    def connectionMade(self) -> None:
        """Lets the slower side stop the faster one, so that nothing piles up here."""
        server = self.client.transport
        IConsumer(server).registerProducer(IProducer(self.transport), streaming=True)
        IConsumer(self.transport).registerProducer(IProducer(server), streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Sends `data`: a line typed at a terminal, or a block from a pipe."""
        self.client.send(data)

    def readConnectionLost(self) -> None:
        """Passes the end of the input on, unless the conversation is over already."""
        if not self.client.closed.called:  # as it is when Ctrl-C closes both sides
            self.client.end()

    def writeConnectionLost(self) -> None:
        """Leaves, because standard output takes no more."""
        self.broken = True
        self.client.closed.cancel()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Wakes `main`, which awaits `closed`."""
        self.broken = not reason.check(ConnectionDone)
        self.closed.callback(None)

    def complain(self) -> None:
        """Raises SystemExit with one line if standard output could not be written.

        A pipe or a socket fails because its reader has left, as after `| head -1`.
        That is no error. A file fails because its disk is full.
        """
        if self.broken:
            kind = os.fstat(sys.stdout.fileno()).st_mode
            if not (S_ISFIFO(kind) or S_ISSOCK(kind)):
                sys.exit("Cannot write to standard output. Is its disk full?")


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Talks to the server at `endpoint` until the input or the connection ends.

    Raises SystemExit with one line for the user when the connection fails.
    """
    if None in (sys.stdin, sys.stdout):  # closed: a socket might get its file number
        sys.exit("Standard input and standard output must be open")
    try:
        client = await connectProtocol(
            clientFromString(reactor, endpoint), EchoClient()
        )
    except Exception as error:  # each mistake in an endpoint has a type of its own
        # For a FOLDER that is not there, Twisted's exception has no text of its own.
        why = str(error) or error.__context__
        sys.exit(f"Cannot connect to '{endpoint}': {why}")
    terminal = Terminal(client)
    client.terminal = StandardIO(terminal, reactor=reactor)
    reactor.addSystemEventTrigger("before", "shutdown", client.closed.cancel)
    try:
        reason = await client.closed
    except CancelledError:  # Ctrl-C, or standard output takes no more
        terminal.complain()
        return
    IConsumer(terminal.transport).unregisterProducer()
    terminal.transport.loseConnection()  # writes out the rest first
    await terminal.closed
    terminal.complain()
    # Fewer bytes may be right: not every server is an echo. No bytes at all, or a
    # connection that broke before all were here, is an error.
    short = client.received < client.sent
    lost = client.received == 0 or not isinstance(reason, ConnectionDone)
    if not client.ended or (short and lost):
        sys.exit(f"The server hung up: {reason}")
    if short and sys.stderr:
        line = f"Sent {client.sent} bytes, received {client.received}"
        print(line, file=sys.stderr)


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default="tcp:127.0.0.1:1234")
    task.react(main, [parser.parse_args().ENDPOINT])
