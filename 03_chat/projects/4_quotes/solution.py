"""A quote service over UDP: each datagram is a question, and stands alone."""

import re
import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorUDP, IUDPTransport
from twisted.internet.protocol import DatagramProtocol

QUESTION = re.compile(rb"([^ ]{1,8}) (\d) *")
QUOTES = {
    1: b"A stream has no pieces.",
    2: b"A callback that waits makes everybody wait.",
    3: b"Every buffer needs a bound.",
}


class Quotes(DatagramProtocol):
    """Answers questions. Without connections, one object serves all clients."""

    transport: IUDPTransport

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Answers one datagram, with no more bytes than it has."""
        if question := QUESTION.fullmatch(datagram):
            name, number = question.groups()
            answer = b"%s=%s" % (name, QUOTES.get(int(number), b"?"))
            self.transport.write(answer[: len(datagram)], addr)


async def main(reactor: IReactorUDP, port: str) -> None:
    """Serves at a port of this machine until told to stop."""
    # 8192 is the default of maxPacketSize. Only mypy asks for it.
    reactor.listenUDP(int(port), Quotes(), interface="127.0.0.1", maxPacketSize=8192)
    await Deferred()  # never fires


if __name__ == "__main__":
    task.react(main, sys.argv[1:] or ["1234"])
