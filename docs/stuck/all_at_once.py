"""Should tell its client, step by step, how far its work has come."""

import time

from loopback import say
from twisted.internet.protocol import Protocol


class Worker(Protocol):
    def connectionMade(self) -> None:
        for percent in (0, 50, 100):
            self.transport.write(b"%d%%\n" % percent)
            time.sleep(0.1)  # a piece of the work


say(b"", Worker)
