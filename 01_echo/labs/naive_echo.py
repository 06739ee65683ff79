"""An echo server in as few lines as it takes, with its faults.

python 01_echo/labs/naive_echo.py tcp:1234:interface=127.0.0.1
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.tcp import Port


class NaiveEcho(Protocol):
    """Sends back whatever it receives, and leaves all else to the defaults."""

    transport: ITransport

    def dataReceived(self, data: bytes) -> None:
        """Echoes `data`."""
        self.transport.write(data)


def announce(port: Port) -> None:
    """Says where it listens."""
    print(f"Naive echo server on 127.0.0.1:{port.getHost().port}", flush=True)


endpoint = serverFromString(reactor, sys.argv[1])
endpoint.listen(Factory.forProtocol(NaiveEcho)).addCallback(announce)
reactor.run()
