"""Rolls dice: a client sends how many, and reads what they show."""

import sys
from random import randint

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory
from twisted.internet.task import react
from twisted.protocols.basic import LineReceiver


class Dice(LineReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 20

    def lineReceived(self, line: bytes) -> None:
        if (text := line.strip()) not in {b"1", b"2", b"3", b"4", b"5"}:
            self.sendLine(b"Say how many dice: 1 to 5.")
            return
        self.sendLine(b" ".join(b"%d" % randint(1, 6) for _ in range(int(text))))


async def main(reactor: IReactorCore, endpoint: str) -> None:
    await serverFromString(reactor, endpoint).listen(Factory.forProtocol(Dice))
    print("Dice at", endpoint, flush=True)
    await Deferred()


if __name__ == "__main__":
    react(main, sys.argv[1:] or ["tcp:1235:interface=127.0.0.1"])
