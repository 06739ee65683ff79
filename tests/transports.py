"""A transport in memory with what only TCP has."""

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import StringTransport
from zope.interface import classImplements


class TCPTransport(StringTransport):
    """A string transport that remembers what it was told about its socket."""

    half_closed = False
    no_delay = False

    def loseWriteConnection(self) -> None:
        """Closes the sending half."""
        self.half_closed = True

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001 - as in the interface
        """Lets small pieces leave at once, or has them gathered (Nagle)."""
        self.no_delay = enabled


classImplements(TCPTransport, ITCPTransport)  # type: ignore[misc] # not all of it
