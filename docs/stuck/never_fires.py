"""Waits for an answer, and the server hangs up."""

from twisted.internet import task
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone


class Client(Protocol):
    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.answer.callback(data)


async def main(reactor: ReactorBase) -> None:
    client = Client()
    reactor.callLater(0.1, client.connectionLost, connectionDone)
    reactor.callLater(0.3, reactor.stop)  # this is you, pressing Ctrl-C
    print("asks")
    print("hears", await client.answer)


task.react(main)
