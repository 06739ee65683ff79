"""A chat client for a terminal, in which others' lines never touch the one you type.

ENDPOINT says where the server is, such as tcp:127.0.0.1:1234 (the default), as a
Twisted client endpoint description. In the chat, /help says what you can type.

It needs Linux or macOS. On Windows, and in a pipe, take 03_chat/chat_client.py.
"""

import os
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where the stage is

from chat_commands import UNSAFE
from conversation import Conversation
from input_line import Keyboard
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet import defer, interfaces, task
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

if sys.platform == "win32":
    sys.exit("This client needs Linux or macOS. Take 03_chat/chat_client.py")

import termios
import tty

STDIN, STDOUT = 0, 1


class Connection(LineReceiver):
    """One connection to the server, of which a conversation may have several."""

    delimiter = b"\n"
    transport: interfaces.ITCPTransport

    def __init__(self, conversation: Conversation) -> None:
        """Takes the conversation that it belongs to."""
        self.conversation = conversation

    def connectionMade(self) -> None:
        """Has each line sent at once."""
        if interfaces.ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self.conversation.send_line = self.sendLine

    def lineReceived(self, line: bytes) -> None:
        """Passes a line on, without anything in it that would act on the terminal."""
        self.conversation.read(UNSAFE.sub("\ufffd", line.decode(errors="replace")))

    def lineLengthExceeded(self, line: bytes) -> None:
        """Leaves a server whose line has no end in sight."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Says so. The next attempt is ClientService's business."""
        self.conversation.send_line = None
        self.conversation.show("* The connection is lost. Trying again")


async def main(reactor: interfaces.IReactorCore, endpoint: str) -> None:
    """Talks to the server at `endpoint` until somebody leaves.

    Raises SystemExit with one line for the user if there is no such server.
    """
    clock = interfaces.IReactorTime(reactor)
    colors = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    conversation = Conversation(
        lambda: os.get_terminal_size().columns or 80, colors=colors
    )
    factory = Factory.forProtocol(lambda: Connection(conversation))
    try:
        server = clientFromString(reactor, endpoint)
        service = ClientService(server, factory, backoffPolicy(maxDelay=10), clock)
        service.startService()
        await service.whenConnected(failAfterFailures=1)
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot connect to '{endpoint}': {why}")
    # From now on, each key arrives by itself, Ctrl-C as well.
    tty.setraw(STDIN, termios.TCSADRAIN)  # without losing what was typed before
    StandardIO(Keyboard(lambda: conversation), reactor=reactor)
    reactor.addSystemEventTrigger("before", "shutdown", conversation.close)
    in_its_turn = interfaces.IReactorFromThreads(reactor).callFromThread
    signal.signal(signal.SIGWINCH, lambda *_: in_its_turn(conversation.draw))
    await conversation.closed
    with suppress(defer.TimeoutError):  # the server doesn't take what was said
        await service.stopService().addTimeout(1, clock)


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default="tcp:127.0.0.1:1234")
    arguments = vars(parser.parse_args())
    if not (os.isatty(STDIN) and os.isatty(STDOUT)):
        sys.exit("This client needs a terminal. In a pipe, take 03_chat/chat_client.py")
    settings = termios.tcgetattr(STDIN)
    try:
        task.react(main, arguments.values())
    finally:  # whatever has ended it
        termios.tcsetattr(STDIN, termios.TCSADRAIN, settings)
