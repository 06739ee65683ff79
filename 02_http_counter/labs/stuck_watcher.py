"""Measures what waits in memory for a client of a stream that has stopped reading.

Server and client meet in memory, on a Clock. Like TCP, the transport pauses its
producer while more than 64 KiB wait to be sent.
"""

from collections.abc import Iterable

import live_count
import number_stream
from counter_lab import Row, print_table
from told_counter import StreamSite
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

NUMBERS = 100_000


class StuckTransport(StringTransport):
    """A connection whose client reads nothing."""

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        """Keeps the bytes, as there is nowhere to send them to."""
        super().writeSequence(pieces)
        if self.io.tell() > 64 * 1024 and self.producer:
            self.producer.pauseProducing()


def measure(site: StreamSite, clock: Clock) -> dict[str, Row]:
    """Returns a column of the table."""
    transport = StuckTransport()
    site.doStart()
    channel = site.buildProtocol(None)
    channel.makeConnection(transport)
    channel.dataReceived(b"GET /numbers HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for number in range(NUMBERS):
        site.resource.children[b"numbers"].tell(number)
    waiting = transport.io.tell() // 1024
    clock.advance(60)
    dropped = "yes" if transport.disconnected else "no"
    return {
        f"KiB that wait, of {NUMBERS} numbers": waiting,
        "dropped after 60 s": dropped,
    }


if __name__ == "__main__":
    clock = Clock()
    sites = [StreamSite(clock, number_stream.Numbers()), live_count.LiveSite(clock)]
    names = ["number_stream.py", "live_count.py"]
    print_table(dict(zip(names, (measure(s, clock) for s in sites), strict=True)))
