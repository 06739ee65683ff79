"""A connection to Redis that is made again whenever it is lost."""

from collections.abc import Callable

import hiredis
from chat_commands import UNSAFE
from outbox import Outbox
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

log = Logger()


class RedisOutbox(Outbox):
    """The commands that wait to be sent to Redis.

    A Redis that does not read must not fill this server's memory, either. But it is
    sent what all clients say, so more may wait for it than for one client.
    """

    LIMIT = 16 * 1024 * 1024


class RedisProtocol(Protocol):
    """One connection to Redis: commands go there, messages and replies come back."""

    PATIENCE = 10  # seconds that Redis has for an answer

    transport: ITCPTransport
    factory: "RedisLink"

    def connectionMade(self) -> None:
        """Greets Redis, subscribes, and from now on asks for a sign of life."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self.reader = hiredis.Reader()
        self.outbox = RedisOutbox(self.transport)
        self.answered = True  # the last PING
        self.why: object = None  # if it is this side that ends the connection
        # Version 3 of its protocol: a connection that has subscribed may publish.
        self.command("HELLO", "3")
        self.factory.connected(self)
        self.asking = LoopingCall(self.ask)
        self.asking.clock = self.factory.clock  # the reactor, or a test's Clock
        self.asking.start(self.PATIENCE)

    def command_if_little_waits(self, *words: str | bytes) -> None:
        """Sends a command, or drops it if too much waits already.

        The other half of the limit is for commands that must not be lost, such as
        SUBSCRIBE. So a client in a hurry costs nobody the connection.
        """
        if self.outbox.waiting < RedisOutbox.LIMIT // 2:
            self.command(*words)

    def command(self, *words: str | bytes) -> None:
        """Sends a command, and does not wait for the reply."""
        # It takes any number of words, although its type says one.
        self.outbox.write(hiredis.pack_command(words))  # type: ignore[arg-type]

    def ask(self) -> None:
        """Asks for a sign of life, or gives up if there was none since the last time.

        Nothing else tells of a cable that is cut, or of a Redis that hangs.
        """
        if self.answered:
            self.answered = False
            self.command("PING")
        else:
            self.give_up(f"no answer for {self.PATIENCE} seconds")

    def dataReceived(self, data: bytes) -> None:
        """Gives `data` to the reader, cut as it is, and takes the replies from it."""
        self.reader.feed(data)
        try:
            while (reply := self.reader.gets()) is not False:
                self.replied(reply)
        except hiredis.HiredisError as error:  # or the other side isn't Redis
            self.give_up(error)

    def replied(self, reply: object) -> None:
        """Deals with one reply, and raises it if it is an error."""
        match reply:
            case [b"message", _, bytes(message)]:
                self.factory.received(message)
            case b"PONG":
                self.answered = True
                self.factory.answered()
            case hiredis.ReplyError():
                raise reply

    def give_up(self, why: object) -> None:
        """Ends the connection, without waiting for the other side to agree."""
        self.why = why
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells the link, which will soon have another connection."""
        self.asking.stop()
        if self.outbox.dropped:
            self.why = "it does not read"
        self.factory.lost(self.why or reason.value)


class RedisLink(Factory[RedisProtocol]):
    """Outlives each connection to Redis: keeps the subscriptions, and reconnects.

    What is published while there is no connection never reaches the other servers.
    To keep it would take memory, for as long as Redis is away.
    """

    protocol = RedisProtocol
    LIMIT = 200  # characters of an error that the log shows
    received: Callable[[bytes], None]

    def __init__(self, endpoint: IStreamClientEndpoint, clock: IReactorTime) -> None:
        """Will connect to `endpoint` once it is started."""
        self.clock = clock
        self.rooms: set[str] = set()
        self.connection: RedisProtocol | None = None
        self.missed = False  # the log says that Redis is gone
        self.tried: Deferred[None] = Deferred()  # fires once the first attempt is over
        # Each failed attempt makes it wait longer for the next one: up to 10 seconds,
        # and one more by chance, so that not all servers come back at one moment.
        policy = backoffPolicy(maxDelay=10)
        self.service = ClientService(endpoint, self, policy, clock)

    def start(self) -> Deferred[None]:
        """Begins to connect; fires once the first attempt has succeeded or failed."""
        self.service.startService()
        first = self.service.whenConnected(failAfterFailures=1)
        first.addErrback(lambda failure: self.lost(failure.value))
        return self.tried

    def connected(self, connection: RedisProtocol) -> None:
        """Subscribes to everything: Redis has forgotten an earlier connection's."""
        self.connection = connection
        if self.rooms:
            self.command("SUBSCRIBE", *sorted(self.rooms))

    def answered(self) -> None:
        """Says that Redis is back: it has obeyed all that it was sent before."""
        if self.missed:
            self.missed = False
            log.warn("Redis is back, rooms are shared")
        if not self.tried.called:
            self.tried.callback(None)

    def lost(self, why: object) -> None:
        """Says that Redis is gone: once, however many attempts to reach it fail."""
        self.connection = None
        if not self.service.running:  # it is this server that is stopping
            return
        if not self.missed:
            self.missed = True
            # The text may come from another program, and hold anything.
            text = UNSAFE.sub("?", str(why)[: self.LIMIT])
            log.warn("Redis is gone, rooms are not shared: {why}", why=text)
        if not self.tried.called:
            self.tried.callback(None)

    def subscribe(self, room: str) -> None:
        """Asks for what is published in `room`, now and after each loss."""
        self.rooms.add(room)
        self.command("SUBSCRIBE", room)

    def unsubscribe(self, room: str) -> None:
        """Asks for no more of it; if Redis is far behind, only after the next loss."""
        self.rooms.remove(room)
        if self.connection:
            self.connection.command_if_little_waits("UNSUBSCRIBE", room)

    def publish(self, room: str, message: bytes) -> None:
        """Sends `message` to all who have subscribed to `room`."""
        if self.connection:
            self.connection.command_if_little_waits("PUBLISH", room, message)

    def command(self, *words: str | bytes) -> None:
        """Sends a command, if there is a connection."""
        if self.connection:
            self.connection.command(*words)
