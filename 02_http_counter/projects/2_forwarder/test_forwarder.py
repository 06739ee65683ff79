"""What a port forwarder has to do, over real sockets."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from typing import Any

import forwarder
from twisted.internet import reactor as installed
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory

from docs.machinery.exercises.project import ProjectCase, Visitor

HOST = "tcp:0:interface=127.0.0.1"
reactor: Any = installed  # has more methods than any one interface


class ForwarderTests(ProjectCase):
    """Clients talk to a target, which plays the other server."""

    program = forwarder

    async def begin(self) -> None:
        """Starts a target, and the forwarder in front of it."""
        self.targets: list[Visitor] = []
        listening = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        self.target = await listening.listen(Factory.forProtocol(self.reach))
        printed = io.StringIO()
        shown = redirect_stdout(printed)
        shown.__enter__()
        self.addCleanup(shown.__exit__, None, None, None)
        self.printed = printed
        self.address = await self.serve(HOST, f"tcp:127.0.0.1:{self.port()}")
        self.story = ["main(reactor, HERE, TARGET) starts."]

    def port(self) -> int:
        """Returns the target's port."""
        port: int = self.target.getHost().port
        return port

    def reach(self) -> Visitor:
        """Takes a connection to the target."""
        self.targets.append(Visitor(f"Target {len(self.targets) + 1}", self))
        return self.targets[-1]

    async def pair(self, name: str = "Alice") -> tuple[Visitor, Visitor]:
        """Returns a new client, and the target's end of its connection."""
        before = len(self.targets)
        client = await self.connect(name, self.address.port)
        await self.turns(lambda: self.targets[before:])
        should = "The forwarder should connect to the target, but doesn't."
        self.check(self.targets[before:], should)
        target = self.targets[before]
        await self.turns(lambda: target.transport)
        return client, target

    def late(self, connect: Callable[..., object], *to: Any, **named: Any) -> object:  # noqa: ANN401 - as connectTCP
        """Connects to anything but the target at once."""
        if to[1] != self.port():
            return connect(*to, **named)
        return reactor.callLater(0.01, connect, *to, **named)

    async def waits(self, sender: Visitor, reader: Visitor) -> None:
        """Expects that somebody can't send all, as long as nobody reads."""
        reader.stops_reading()
        sender.pours(bytes(range(128)) * 2**16)
        last = -1
        while last < sender.sent < len(sender.to_send):
            last = sender.sent
            await self.settle()
        self.check(
            sender.sent < len(sender.to_send),
            f"{sender.name} should have to wait until somebody reads that, but the"
            " forwarder takes all of it, and keeps it in memory.",
        )

    async def test_passes_on_both_ways(self) -> None:
        """Bytes come through as they are, in both directions."""
        await self.begin()
        alice, target = await self.pair()
        alice.sends(b"GET / HTTP/1.1\r\n\xff\x00")
        await target.receives(b"GET / HTTP/1.1\r\n\xff\x00")
        target.sends(b"I am request #1\n")
        await alice.receives(b"I am request #1\n")

    async def test_keeps_clients_apart(self) -> None:
        """Each client has a connection to the target of its own."""
        await self.begin()
        alice, one = await self.pair()
        bob, two = await self.pair("Bob")
        one.sends(b"for Alice")
        two.sends(b"for Bob")
        await alice.receives(b"for Alice")
        await bob.receives(b"for Bob")

    async def test_loses_nothing_at_the_start(self) -> None:
        """What a client sends at once waits until the target is reached."""
        await self.begin()
        self.patch(reactor, "connectTCP", partial(self.late, reactor.connectTCP))
        alice = await self.connect("Alice", self.address.port)
        alice.sends(b"too early?")
        await self.turns(lambda: self.targets and self.targets[0].received)
        self.check(self.targets, "The forwarder should connect, but doesn't.")
        await self.targets[0].receives(b"too early?")

    async def test_shows_what_passes(self) -> None:
        """A line says whose piece it is, its direction, and its first 60 bytes."""
        await self.begin()
        (alice, one), (_bob, two) = await self.pair(), await self.pair("Bob")
        alice.sends(b"hello\n")
        await one.receives(b"hello\n")
        two.sends(b"\x1b" + b"x" * 60)
        await self.settle()
        got, should = self.printed.getvalue(), ["1 > b'hello\\n'"]
        should.append("2 < b'\\x1b" + "x" * 59 + "'")
        self.check(
            got.splitlines() == should,
            f"The forwarder should print {should}, but prints {got.splitlines()}.",
        )

    async def test_hangs_up_with_the_client(self) -> None:
        """When a client hangs up, the target gets what was sent, and the end."""
        await self.begin()
        alice, target = await self.pair()
        alice.sends(b"goodbye")
        alice.hangs_up()
        await target.is_gone()
        await target.receives(b"goodbye")

    async def test_keeps_the_pace_of_the_target(self) -> None:
        """A client can send no faster than the target reads."""
        await self.begin()
        alice, target = await self.pair()
        await self.waits(alice, target)
        target.reads_on()
        await target.receives(alice.to_send)

    async def test_keeps_the_pace_of_the_client(self) -> None:
        """A target that hangs up after its answer cuts nothing off."""
        await self.begin()
        alice, target = await self.pair()
        await self.waits(target, alice)
        target.hangs_up()
        alice.reads_on()
        await alice.receives(target.to_send)
        await alice.is_gone()

    async def test_goes_on_without_a_target(self) -> None:
        """If there is no target, the forwarder hangs up on each client."""
        await self.begin()
        await self.target.stopListening()
        self.story.append("The target stops.")
        for name in ("Alice", "Bob"):
            client = await self.connect(name, self.address.port)
            await client.is_gone()
