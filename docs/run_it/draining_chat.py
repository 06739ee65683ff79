"""Stage 3's chat for production: before it stops, it sends everything that waits.

ENDPOINT says where to listen, as a Twisted server endpoint description:

  tcp:1234:interface=127.0.0.1       this machine only (the default)
  systemd:domain=INET6:name=chat     a socket that systemd has opened

With a FOLDER it speaks TLS. privkey.pem and fullchain.pem are in there, as certbot
names them.
"""

import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "03_chat"))  # where chat_server is

from chat_commands import deliver
from chat_server import DEFAULT, ChatFactory, ChatProtocol, address_of, announce
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL.crypto import FILETYPE_PEM, X509
from twisted.internet import defer, task
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import serverFromString, wrapServerTLS
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorTime,
    ISSLTransport,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import connectionDone
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
)
from twisted.logger import Logger, STDLibLogObserver, globalLogBeginner
from twisted.python.failure import Failure

log = Logger()


class DrainingProtocol(ChatProtocol):
    """A connection that can be told goodbye."""

    factory: "DrainingFactory"

    def connectionMade(self) -> None:
        """Enters the chat, and the list of connections to wait for."""
        self.factory.connections.add(self)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Ignores what comes after the goodbye, which might not reach everyone."""
        if not self.factory.stopping:
            super().dataReceived(data)

    def goodbye(self) -> None:
        """Sends what waits and a last line, then waits for the client to hang up."""
        deliver("* The server stops: what you say now reaches nobody", [self])
        self.outbox.flush()
        if ISSLTransport.providedBy(self.transport):
            self.transport.loseConnection()  # reads on until the client agrees
        else:
            # loseConnection would stop reading. If a client has said something that
            # nobody reads, the system ends the connection with a reset, and throws
            # away what is on its way to the client.
            self.transport.loseWriteConnection()

    def readConnectionLost(self) -> None:
        """Hangs up, as the client did; after the goodbye, nobody is told who leaves."""
        if self.factory.stopping:
            self.transport.loseConnection()
        else:
            super().readConnectionLost()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves the chat, and the list."""
        super().connectionLost(reason)
        self.factory.remove(self)


class DrainingFactory(ChatFactory):
    """A chat that can end without losing a line."""

    protocol = DrainingProtocol
    PATIENCE = 10  # seconds for clients to read the lines that wait for them

    def __init__(self, clock: IReactorTime) -> None:
        """Starts with nobody; `empty` fires when the last client has gone."""
        super().__init__(clock)
        self.connections: set[DrainingProtocol] = set()
        self.empty: Deferred[None] = Deferred()

    def remove(self, connection: DrainingProtocol) -> None:
        """Forgets a connection that is closed."""
        self.connections.remove(connection)
        if self.stopping and not self.connections:
            self.empty.callback(None)

    async def drain(self, port: IListeningPort) -> None:
        """Closes `port`, and waits until everyone has read all, or time is up."""
        await maybeDeferred(port.stopListening)  # it returns a Deferred, or None
        self.stopping = True
        for connection in self.connections:
            connection.goodbye()
        try:
            if self.connections:
                await self.empty.addTimeout(self.PATIENCE, self.clock)
        except defer.TimeoutError:
            log.warn("{n} did not hang up in time", n=len(self.connections))


async def main(reactor: IReactorCore, endpoint: str, folder: Path | None) -> None:
    """Runs a chat at `endpoint`, over TLS if there is a `folder`, until told to stop.

    Raises SystemExit with one line for the user when it cannot listen.
    """
    factory = DrainingFactory(IReactorTime(reactor))
    try:
        where = serverFromString(reactor, endpoint)
        if folder:
            where = with_tls(where, folder)
        port = await where.listen(factory)
    except Exception as error:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot listen on '{endpoint}': {error}")
    # Twisted disconnects nobody before the Deferred that this returns has fired.
    reactor.addSystemEventTrigger(
        "before",
        "shutdown",
        lambda: Deferred.fromCoroutine(factory.drain(port)),
    )
    # A second Ctrl-C ends the process at once.
    for number in (signal.SIGINT, signal.SIGTERM):
        reactor.addSystemEventTrigger(
            "before", "shutdown", signal.signal, number, signal.SIG_DFL
        )
    line = f"Draining chat on {address_of(port.getHost())}"
    reactor.callWhenRunning(announce, line)
    await Deferred()  # never fires: the reactor runs until Ctrl-C or SIGTERM


def with_tls(endpoint: IStreamServerEndpoint, folder: Path) -> IStreamServerEndpoint:
    """Returns `endpoint` with TLS on top; the key and certificates are in `folder`."""
    key = KeyPair.load((folder / "privkey.pem").read_bytes(), FILETYPE_PEM)
    pem = (folder / "fullchain.pem").read_bytes()
    own, *chain = map(X509.from_cryptography, load_pem_x509_certificates(pem))
    # Raises an exception if they do not fit. Otherwise each client would cause one.
    PrivateCertificate.fromCertificateAndKeyPair(Certificate(own), key)
    options = CertificateOptions(key.original, own, extraCertChain=chain)
    return wrapServerTLS(options, endpoint)


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("ENDPOINT", nargs="?", default=DEFAULT)
    parser.add_argument("FOLDER", nargs="?", type=Path)
    arguments = parser.parse_args()
    # Python's log shows what Twisted's log holds: warnings and errors, on stderr.
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [arguments.ENDPOINT, arguments.FOLDER])
