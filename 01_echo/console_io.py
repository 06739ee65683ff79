"""Standard input and output on Windows, where StandardIO cannot read a console.

There, Twisted's StandardIO needs the pywin32 package and polls standard input with
a question that Windows answers for pipes only: a console looks as if it had ended
at once. So a thread of its own waits for input here and hands it to the reactor's
thread, which is the only one that may touch a protocol or a transport. Nothing in
it is special to Windows; elsewhere StandardIO does the same without a thread.

https://docs.twisted.org/en/stable/core/howto/threading.html
"""

import sys
from contextlib import suppress
from threading import Event, Thread

from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IProtocol,
    IPushProducer,
    IReactorCore,
    IReactorFromThreads,
)
from twisted.internet.protocol import FileWrapper, connectionDone
from twisted.internet.threads import blockingCallFromThread
from zope.interface import implementer


@implementer(IConsumer, IPushProducer)
class ConsoleIO(FileWrapper):
    """Connects a half-closeable protocol to standard input and output."""

    def __init__(self, protocol: IProtocol, reactor: IReactorCore) -> None:
        """Calls `protocol.connectionMade`, then starts to read."""
        # Opened anew and unbuffered: sys.stdin and sys.stdout have locks, and
        # Python aborts at exit while a waiting thread holds one.
        stdout = open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
        super().__init__(stdout)
        self.protocol = protocol
        self.reactor = IReactorFromThreads(reactor)
        self.may_read = Event()
        self.may_read.set()
        protocol.makeConnection(self)
        # A daemon does not keep the process alive while it waits for a key.
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        """Hands input on, a line or a block at a time; runs in a thread of its own."""
        stdin = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
        with suppress(OSError):  # an input that cannot be read has ended
            while data := stdin.read(64 * 1024):
                blockingCallFromThread(self.reactor, self.protocol.dataReceived, data)
                self.may_read.wait()
        half_closeable = IHalfCloseableProtocol(self.protocol)
        blockingCallFromThread(self.reactor, half_closeable.readConnectionLost)

    def write(self, data: bytes) -> None:
        """Writes `data` out before it returns, however slow its reader is."""
        try:
            while data:
                data = data[self.file.write(data) :]
        except OSError:
            IHalfCloseableProtocol(self.protocol).writeConnectionLost()

    def loseConnection(self) -> None:
        """Ends the protocol; standard output stays open for the process."""
        self.protocol.connectionLost(connectionDone)

    def pauseProducing(self) -> None:
        """Stops reading after the block in hand."""
        self.may_read.clear()

    def resumeProducing(self) -> None:
        """Reads on."""
        self.may_read.set()

    def stopProducing(self) -> None:
        """Stops reading for good: the connection is gone."""
        self.may_read.clear()
