r"""A chat client: sends the lines that you type, and shows those that the server sends.

ENDPOINT says where the server is, as a Twisted client endpoint description:

  tcp:127.0.0.1:1234                    this machine (the default)
  "tcp:\:\:1:1234"                      this machine, over IPv6
  unix:/tmp/chat.sock                   a UNIX socket
  tls:localhost:1234:trustRoots=FOLDER  TLS; FOLDER holds the trusted .pem files

The server tells you its commands. One is the client's own: /quit leaves. So do
Ctrl-D (on Windows Ctrl-Z and Enter) and the end of a pipe.

A line that arrives while you type takes the place of what you have typed so far. The
terminal still has it: go on typing, or have it shown again with Ctrl-R.

The exit status is 0 if the server has greeted you and answered to the end. Otherwise
it is 1, for example when another program listens there.
"""

import os
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from secrets import token_hex
from stat import S_ISFIFO, S_ISSOCK

from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IProducer,
    IReactorCore,
    ISSLTransport,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

if sys.platform == "win32":
    from chat_console import ConsoleIO as StandardIO
else:
    from twisted.internet.stdio import StandardIO

# What would act on the terminal instead of being shown. This course's server lets
# none of it pass, but a client does not know whose server it talks to.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

# What a terminal (but not Windows's) understands as: go to the start of the line, and
# clear it. So a line that arrives stands alone, whatever has been typed there.
CLEAR_LINE = "\r\x1b[K"


class ChatClient(LineReceiver):
    """The connection to the server."""

    delimiter = b"\n"
    transport: ITCPTransport
    terminal: "Terminal"

    def __init__(self) -> None:
        """`closed` fires once, with the exception that says why it ended."""
        self.closed: Deferred[BaseException | None] = Deferred()
        self.ended = False  # no more input will come
        self.said: bytes | None = None  # the last line sent
        self.answered = False  # by a chat server: another program says something else
        self.last_word = b""  # what the server's last answer will contain, over TLS

    def connectionMade(self) -> None:
        """Has each line sent at once; TCP might wait for an earlier one to arrive."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)

    def say(self, line: bytes) -> None:
        """Sends a line."""
        self.said = line
        self.sendLine(line)

    def end(self) -> None:
        """Tells the server that no more will come; its last answers may still come."""
        self.ended = True
        IConsumer(self.transport).unregisterProducer()
        if ISSLTransport.providedBy(self.transport):
            # Twisted's TLS has no half-close, and to hang up now would lose answers. So
            # here is a question that nobody else asks: its answer comes last.
            self.last_word = b"#" + token_hex(8).encode()
            self.sendLine(b"/leave " + self.last_word)
        else:
            self.transport.loseWriteConnection()

    def lineReceived(self, line: bytes) -> None:
        """Shows a line, without anything in it that would act on the terminal."""
        # The first step of this stage does not greet, but it repeats what you say.
        if line.startswith(b"* You are ") or line == self.said:
            self.answered = True
        if self.last_word and self.last_word in line:
            self.last_word = b""
            self.transport.loseConnection()
        else:
            self.terminal.show(UNSAFE.sub("\ufffd", line.decode(errors="replace")))

    def lineLengthExceeded(self, line: bytes) -> None:
        """Leaves a server whose line has no end in sight."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Wakes `main`, which awaits `closed`."""
        self.closed.callback(reason.value)


@implementer(IHalfCloseableProtocol)
class Terminal(LineReceiver):
    """Standard input and output: for StandardIO, a connection like any other."""

    delimiter = b"\n"
    transport: ITransport

    def __init__(self, client: ChatClient) -> None:
        """`closed` fires once everything has been written to standard output."""
        self.client = client
        self.closed: Deferred[None] = Deferred()
        self.broken = False  # standard output takes no more
        shared = sys.stdout.isatty() and sys.platform != "win32"
        self.prefix = CLEAR_LINE if shared else ""

    def connectionMade(self) -> None:
        """Lets the slower side stop the faster one, so that nothing piles up here."""
        server = self.client.transport
        IConsumer(server).registerProducer(IProducer(self.transport), streaming=True)
        IConsumer(self.transport).registerProducer(IProducer(server), streaming=True)

    def show(self, line: str) -> None:
        """Writes one whole line to standard output."""
        self.transport.write(f"{self.prefix}{line}\n".encode())

    def lineReceived(self, line: bytes) -> None:
        """Sends a line to the server, unless it is `/quit`, or comes after it."""
        if self.client.ended:
            return
        if line.strip() == b"/quit":
            self.client.end()
        else:
            self.client.say(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Passes on a line without an end; the server says that it is too long."""
        if not self.client.ended:
            self.client.transport.write(line)

    def readConnectionLost(self) -> None:
        """Passes the end of the input on, unless the conversation is over already."""
        if self.client.closed.called:  # as it is when Ctrl-C closes both sides
            return
        if rest := self.clearLineBuffer():  # the last line of a file may lack its end
            self.lineReceived(rest)
        if not self.client.ended:
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
            clientFromString(reactor, endpoint), ChatClient()
        )
    except Exception as error:  # each mistake in an endpoint has a type of its own
        # For a FOLDER that is not there, Twisted's exception has no text of its own.
        why = str(error) or error.__context__
        sys.exit(f"Cannot connect to '{endpoint}': {why}")
    client.terminal = Terminal(client)
    StandardIO(client.terminal, reactor=reactor)
    reactor.addSystemEventTrigger("before", "shutdown", client.closed.cancel)
    try:
        reason = await client.closed
    except CancelledError:  # Ctrl-C, or standard output takes no more
        client.terminal.complain()
        return
    IConsumer(client.terminal.transport).unregisterProducer()
    client.terminal.transport.loseConnection()  # writes out the rest first
    await client.terminal.closed
    client.terminal.complain()
    if isinstance(reason, ConnectionAborted):
        sys.exit(f"The server sent a line of more than {client.MAX_LENGTH} bytes")
    unanswered = not client.ended or client.last_word
    if unanswered or not isinstance(reason, ConnectionDone):
        sys.exit(f"The server hung up: {reason}")
    if not client.answered:
        sys.exit("The server did not say who you are. Is it a chat server?")


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default="tcp:127.0.0.1:1234")
    task.react(main, [parser.parse_args().ENDPOINT])
