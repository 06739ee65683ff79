"""What a quote service has to do, over real sockets."""

from typing import Any

import quotes
from twisted.internet import reactor as installed
from twisted.internet.interfaces import IUDPTransport
from twisted.internet.protocol import DatagramProtocol

from docs.machinery.exercises.project import ProjectCase

STREAM = b"A stream has no pieces."
reactor: Any = installed  # has more methods than any one interface


class Asker(DatagramProtocol):
    """A client, which keeps what comes back."""

    transport: IUDPTransport

    def __init__(self, name: str) -> None:
        """Takes a name for the story."""
        self.name = name
        self.received: list[bytes] = []

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Keeps an answer."""
        self.received.append(datagram)


class QuotesTests(ProjectCase):
    """Clients ask, each with datagrams from a port of its own."""

    program = quotes

    async def come(self, name: str = "Alice") -> Asker:
        """Returns a client; the first of them starts the server."""
        if not self.ports:
            self.address = await self.serve("1234")
        asker = Asker(name)
        reactor.listenUDP(0, asker, interface="127.0.0.1")
        return asker

    def asks(self, asker: Asker, *datagrams: bytes) -> None:
        """Sends datagrams to the server."""
        for datagram in datagrams:
            self.story.append(f"{asker.name} sends {datagram!r}.")
            asker.transport.write(datagram, ("127.0.0.1", self.address.port))

    async def gets(self, asker: Asker, *answers: bytes) -> None:
        """Expects just these answers."""
        await self.turns(lambda: len(asker.received) >= len(answers))
        got, asker.received = asker.received, []
        should = f"{asker.name} should get {list(answers)}, but gets {got}."
        self.check(got == list(answers), should)

    async def test_answers(self) -> None:
        """A question with enough spaces gets its quote, by its own name."""
        alice = await self.come()
        self.asks(alice, b"tea 1".ljust(40), b"\xff9 3".ljust(40))
        await self.gets(alice, b"tea=" + STREAM, b"\xff9=Every buffer needs a bound.")
        self.asks(alice, b"12345678 2".ljust(60))
        await self.gets(alice, b"12345678=A callback that waits makes everybody wait.")

    async def test_knows_three_quotes(self) -> None:
        """There is a question mark for other numbers."""
        alice = await self.come()
        self.asks(alice, b"a 0", b"b 4", b"c 9  ")
        await self.gets(alice, b"a=?", b"b=?", b"c=?")

    async def test_answers_with_no_more_than_it_gets(self) -> None:
        """An answer is cut to the length of its question."""
        alice = await self.come()
        self.asks(alice, b"a 1", b"a 1".ljust(24), b"a 1".ljust(25))
        await self.gets(alice, b"a=A", b"a=" + STREAM[:-1], b"a=" + STREAM)

    async def test_answers_where_the_question_came_from(self) -> None:
        """Clients may ask in turns, and each has its own answers."""
        alice, bob = await self.come(), await self.come("Bob")
        for asker, name in [(alice, b"a"), (bob, b"b"), (alice, b"c")]:
            self.asks(asker, name + b" 4")
            await self.gets(asker, name + b"=?")

    async def test_answers_twice_if_asked_twice(self) -> None:
        """A question may come again, because its answer was lost."""
        alice = await self.come()
        self.asks(alice, b"a 4", b"a 4", b"a 4")
        await self.gets(alice, b"a=?", b"a=?", b"a=?")

    async def test_says_nothing_to_anything_else(self) -> None:
        """A datagram that is no question gets no answer, and the next question does."""
        alice = await self.come()
        self.asks(alice, b"", b"a", b"b 1 b", b"c=?", b"d 1\n", b"123456789 1", b"e 12")
        self.asks(alice, b" f 1", b"g  1", b"last 4")
        await self.gets(alice, b"last=?")
