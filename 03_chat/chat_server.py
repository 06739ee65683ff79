"""A chat server: clients join channels, and read what is published there.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:1234:interface=127.0.0.1      this machine only (the default)
  tcp:1234                          everyone who can reach this machine
  unix:/tmp/chat.sock               a UNIX socket
  ssl:1234:privateKey=server.pem    TLS; key and certificate in one file
"""

import sys
from argparse import ArgumentParser, RawTextHelpFormatter

from chat_commands import Chat, CommandError, decode, deliver
from outbox import Outbox
from twisted.internet import error, interfaces, task
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

DEFAULT = "tcp:1234:interface=127.0.0.1"
log = Logger()


@implementer(interfaces.IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """The connection of one client: finds the lines in the bytes that arrive."""

    delimiter = b"\n"  # a client may send \r\n: `decode` removes the \r
    MAX_LENGTH = 512  # bytes in a line, its \r included
    LINES_A_TURN = 16  # of one client, and then the others have their turn
    FEW_LINES = 8  # in a turn, while lines wait in somebody's outbox
    LINES_A_SECOND = 16  # nobody types faster

    transport: interfaces.ITCPTransport
    factory: "ChatFactory"
    outbox: Outbox
    nick: str
    lines = 0  # in its turn
    turn_began = 0.0  # when the first of them came, by the factory's clock

    def connectionMade(self) -> None:
        """Prepares the connection, then enters the chat."""
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)  # or a small line may wait for 40 ms
        self.outbox = Outbox(self.transport)
        self.factory.chat.enter(self)

    def send(self, data: bytes) -> None:
        """Sends a line to this client, at once or when its connection takes more."""
        self.outbox.write(data)
        if self.outbox.paused:
            self.factory.behind = True

    def lineReceived(self, line: bytes) -> None:
        """Obeys a line, or tells its sender, and nobody else, what is wrong with it."""
        if self.lines == 0:
            self.turn_began = self.factory.clock.seconds()
        try:
            self.factory.chat.obey(self, decode(line))
        except CommandError as why:
            deliver(f"error: {why}", [self])
        self.lines += 1
        if self.lines >= (self.FEW_LINES if self.factory.behind else self.LINES_A_TURN):
            self.end_turn()

    def end_turn(self) -> None:
        """Pauses this client, so that others are read and what waits is sent."""
        self.pauseProducing()  # LineReceiver keeps the lines, and reads no more
        took = self.factory.clock.seconds() - self.turn_began
        fast = took * self.LINES_A_SECOND < self.lines
        delay = self.factory.next_slot() if fast else 0
        self.lines = 0
        self.factory.clock.callLater(delay, self.resumeProducing)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuses a line that is too long; `line` also holds what came after it."""
        deliver(f"error: a line has at most {self.MAX_LENGTH} bytes", [self])
        self.setRawMode()
        self.rawDataReceived(line)
        self.end_turn()

    def rawDataReceived(self, data: bytes) -> None:
        """Skips the rest of a line that was too long."""
        _, end, rest = data.partition(self.delimiter)
        if end:
            self.setLineMode(rest)

    def readConnectionLost(self) -> None:
        """Leaves the chat, and hangs up once everything is sent."""
        self.factory.chat.exit(self)  # from now on, nobody sends it anything more
        self.outbox.flush()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Required by the interface. Never called: this server closes both halves."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves the chat, and logs one line if the connection broke or was dropped."""
        self.clearLineBuffer()  # its next turn, already planned, obeys nothing
        if self.factory.stopping:  # everybody goes at once, so nobody needs to be told
            return
        self.factory.chat.exit(self)
        if self.outbox.dropped or not reason.check(error.ConnectionDone):
            who = self.transport.getPeer()
            why = "it does not read" if self.outbox.dropped else reason.value
            log.warn("lost {who}: {why}", who=who, why=why)


class ChatFactory(Factory[ChatProtocol]):
    """Makes a protocol for each connection; all of them share one chat."""

    protocol = ChatProtocol
    PAUSE = 0.1  # seconds between two slots, while somebody is behind
    behind = False  # has a line had to wait in somebody's outbox?
    stopping = False  # main sets it when the server is told to stop

    def __init__(self, clock: interfaces.IReactorTime) -> None:
        """Opens an empty chat. The reactor, or in a test a Clock, tells the time."""
        self.clock = clock
        self.last_slot = 0.0
        self.chat = Chat()

    def next_slot(self) -> float:
        """Returns how many seconds a client that talks fast has to wait.

        While somebody is behind, all who talk fast share ten slots a second.
        """
        if not self.behind:
            return 0
        self.behind = False  # until the next line has to wait
        now = self.clock.seconds()
        self.last_slot = max(self.last_slot, now) + self.PAUSE
        return self.last_slot - now


async def main(reactor: interfaces.IReactorCore, endpoint: str) -> None:
    """Chats at `endpoint` until told to stop; raises SystemExit if it can't listen."""
    factory = ChatFactory(interfaces.IReactorTime(reactor))
    try:
        port = await serverFromString(reactor, endpoint).listen(factory)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {why}")
    where = address_of(port.getHost())
    client = sys.argv[0].removesuffix("server.py") + "client.py"
    line = f"Chat server on {where}. Try: {sys.orig_argv[0]} {client}"
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
