"""A reactor in one page: it runs stage 1's EchoProtocol as it is."""

import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from twisted.internet import error, interfaces
from twisted.internet.address import IPv4Address
from twisted.logger import STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

sys.path.append(str(Path(__file__).parents[1]))  # where echo_server is
from echo_server import EchoFactory, EchoProtocol

MOST = 64 * 1024  # bytes to receive at once, and to keep unsent without a pause


class TinyReactor:
    """Waits for all sockets at once, and calls back about those that are ready."""

    def __init__(self, port: int, factory: EchoFactory) -> None:
        self.listening = socket.create_server(("127.0.0.1", port))
        self.factory = factory
        self.transports: set[Transport] = set()

    def turn(self) -> None:
        """Asks the system once which sockets are ready, and calls back about each."""
        with DefaultSelector() as selector:
            selector.register(self.listening, EVENT_READ, self.accept)
            for transport in self.transports:
                if events := transport.events():
                    selector.register(transport.client, events, transport.ready)
            ready = selector.select(timeout=1)  # Windows sees Ctrl-C only in between
        for key, events in ready:
            key.data(events)

    def accept(self, _: int) -> None:
        """Lets a client in, and introduces its protocol and its transport."""
        client, (host, port) = self.listening.accept()
        client.settimeout(0)  # it never waits: only the selector does
        peer = IPv4Address("TCP", host, port)
        if protocol := self.factory.buildProtocol(peer):
            transport = Transport(self, client, peer, protocol)
            self.transports.add(transport)
            protocol.makeConnection(transport)


@implementer(interfaces.IConsumer, interfaces.IPushProducer)
@dataclass(eq=False)
class Transport:
    """One connection: receives for its protocol, and sends the bytes that it writes."""

    reactor: TinyReactor
    client: socket.socket
    peer: IPv4Address
    protocol: EchoProtocol
    unsent: bytes = b""  # written, but not sent yet
    producer: interfaces.IPushProducer | None = None  # paused while much is unsent
    reading: bool = True  # false while paused, and after the client's end
    closing: bool = False  # the connection ends once nothing is unsent

    def write(self, data: bytes) -> None:
        """Keeps the bytes, to send them in a later turn."""
        self.unsent += data
        if self.producer and len(self.unsent) > MOST:
            self.producer.pauseProducing()

    def loseConnection(self) -> None:
        """Closes the connection once everything is sent."""
        self.closing = True

    def getPeer(self) -> IPv4Address:
        """Returns the client's address."""
        return self.peer

    def registerProducer(self, producer: interfaces.IProducer, streaming: bool) -> None:
        """Pauses `producer` from now on while much is unsent."""
        self.producer = interfaces.IPushProducer(producer)

    def unregisterProducer(self) -> None:
        """Pauses no producer from now on."""
        self.producer = None

    def pauseProducing(self) -> None:
        """Stops receiving, so that soon the client cannot send."""
        self.reading = False

    def resumeProducing(self) -> None:
        """Receives again."""
        self.reading = True

    stopProducing = loseConnection

    def events(self) -> int:
        """Returns what the reactor should wait for."""
        if self.closing:
            return EVENT_WRITE
        return EVENT_READ * self.reading | EVENT_WRITE * bool(self.unsent)

    def ready(self, events: int) -> None:
        """Sends or receives; an exception ends this connection, and no other."""
        try:
            if events & EVENT_WRITE:
                self.send()
            else:
                self.receive()
        except Exception:
            self.reactor.transports.discard(self)
            self.client.close()
            self.protocol.connectionLost(Failure())

    def send(self) -> None:
        """Sends as much as the system takes, and goes on in a later turn."""
        sent = self.client.send(self.unsent)
        self.unsent = self.unsent[sent:]
        if self.closing and not self.unsent:
            raise error.ConnectionDone
        if self.producer and not self.unsent:
            self.producer.resumeProducing()

    def receive(self) -> None:
        """Hands to the protocol what has arrived, or that nothing more will."""
        if data := self.client.recv(MOST):
            self.protocol.dataReceived(data)
        elif interfaces.IHalfCloseableProtocol.providedBy(self.protocol):
            self.reading = False
            self.protocol.readConnectionLost()
        else:
            raise error.ConnectionDone


if __name__ == "__main__":
    # Python's log shows what Twisted's log holds: warnings and errors, on stderr.
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    reactor = TinyReactor(1234, EchoFactory())
    print("Listening on 127.0.0.1:1234", flush=True)
    with suppress(KeyboardInterrupt), reactor.listening:
        while True:
            reactor.turn()
