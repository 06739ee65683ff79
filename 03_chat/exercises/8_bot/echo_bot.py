"""A bot for the chat, which says in #echo what others say there: your turn is below."""

import sys

from twisted.application.internet import ClientService
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import IReactorCore, ITransport
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class EchoBot(LineReceiver):
    """The bot's connection to the server."""

    delimiter = b"\n"
    transport: ITransport

    def connectionMade(self) -> None:
        """Begins the conversation: the server has accepted the connection."""
        # Your turn: which line takes the bot to #echo?

    def lineReceived(self, line: bytes) -> None:
        """Takes in a line from the server, and answers it if it should."""
        # Your turn: what does `line` say, and who says it?


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Keeps a bot in the chat at `endpoint`: when it is cut off, it connects again."""
    try:
        server = clientFromString(reactor, endpoint)
        service = ClientService(server, Factory.forProtocol(EchoBot))
        service.startService()
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
        await service.whenConnected(failAfterFailures=1)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot connect to '{endpoint}': {error}")
    print("The bot is there. Ctrl-C stops it.", flush=True)
    await Deferred()  # never fires: the reactor runs until Ctrl-C or SIGTERM


if __name__ == "__main__":
    task.react(main, sys.argv[1:] or ["tcp:127.0.0.1:1234"])
