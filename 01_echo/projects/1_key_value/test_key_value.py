"""What a key-value server has to do, over real sockets."""

from struct import pack

import key_value

from docs.machinery.exercises.project import ProjectCase, Visitor

MOST = 65_536  # bytes in a message
MANY = 300  # answers of 60,000 bytes are much more than the system keeps


def framed(*messages: bytes) -> bytes:
    """Returns messages as they travel."""
    return b"".join(pack(">I", len(message)) + message for message in messages)


class KeyValueTests(ProjectCase):
    """Clients set and get values."""

    program = key_value

    async def join(self, name: str) -> Visitor:
        """Returns a client of the server, which the first of them starts."""
        if not self.ports:
            await self.serve("tcp:0:interface=127.0.0.1")
        return await self.connect(name, self.ports[0].getHost().port)

    async def ask(self, client: Visitor, *messages: bytes) -> None:
        """Has a client ask with every second message, and expects the others."""
        for asked, answer in zip(messages[::2], messages[1::2], strict=True):
            client.sends(framed(asked), told=f"the message {asked[:60]!r}")
            await client.receives(framed(answer))

    async def test_keeps_values(self) -> None:
        """What one client has set, another one gets, and it may be set again."""
        alice = await self.join("Alice")
        await self.ask(alice, b"get tea", b"none", b"set tea green", b"ok")
        bob = await self.join("Bob")
        await self.ask(bob, b"get tea", b"value green", b"set tea black", b"ok")
        await self.ask(alice, b"get tea", b"value black")

    async def test_takes_any_bytes(self) -> None:
        """A value may hold spaces, line ends, bytes that are no text, or nothing."""
        alice = await self.join("Alice")
        for value in (b"two words  \r\n", b"\xff\x00", b""):
            await self.ask(alice, b"set \xfe " + value, b"ok")
            await self.ask(alice, b"get \xfe", b"value " + value)

    async def test_refuses_other_messages(self) -> None:
        """Anything else is an error, and the conversation goes on."""
        alice = await self.join("Alice")
        for message in (b"", b"get", b"get two words", b"GET tea", b"set tea"):
            await self.ask(alice, message, b"error")

    async def test_answers_in_order(self) -> None:
        """Messages may come together or byte by byte."""
        alice = await self.join("Alice")
        alice.sends(framed(b"set a 1", b"get a", b"get b"), told="three at once")
        await alice.receives(framed(b"ok", b"value 1", b"none"))
        self.story.append("Alice sends the message b'get a', byte by byte.")
        for byte in framed(b"get a"):
            alice.transport.write(bytes([byte]))
            await self.settle()
        await alice.receives(framed(b"value 1"))

    async def test_keeps_a_hundred_keys(self) -> None:
        """One more is not kept, but those that are there may change."""
        alice = await self.join("Alice")
        keys = [b"%d" % number for number in range(101)]
        sets = framed(*(b"set %s x" % key for key in keys))
        alice.sends(sets, told="the keys 0 to 100")
        await alice.receives(framed(*[b"ok"] * 100, b"full"))
        await self.ask(alice, b"get 100", b"none")
        await self.ask(alice, b"set 99 y", b"ok", b"get 99", b"value y")

    async def test_hangs_up_at_a_long_message(self) -> None:
        """65,536 bytes are fine; a length of one more is refused at once."""
        alice = await self.join("Alice")
        longest = b"x" * (MOST - len(b"value "))
        await self.ask(alice, b"set k " + longest, b"ok", b"get k", b"value " + longest)
        alice.sends(pack(">I", MOST + 1), told=f"the length {MOST + 1}")
        await alice.is_gone()

    async def test_waits_for_a_client_to_read(self) -> None:
        """Answers are made when there is room for them, not all at once."""
        alice, bob = await self.join("Alice"), await self.join("Bob")
        old = b"x" * 60_000
        await self.ask(bob, b"set k " + old, b"ok")
        alice.stops_reading()
        alice.sends(framed(*[b"get k"] * MANY), told=f"{MANY} times 'get k'")
        await self.settle()
        await self.ask(bob, b"set k new", b"ok")
        alice.reads_on()
        end, new = framed(b"value new"), framed(b"value " + old)
        await self.turns(lambda: alice.received.count(end) > MANY // 2)
        early = alice.received.count(new)
        self.check(
            early < MANY // 2,
            "Most of Alice's answers should be new, because nobody read the old ones."
            " But the server had made them all, and kept them in memory.",
        )
        await alice.receives(new * early + end * (MANY - early))

    async def test_serves_tls(self) -> None:
        """Clients may come over TLS, and a long message ends that, too."""
        file = self.certificate().replace("\\", "/").replace(":", "\\:")
        address = await self.serve(f"ssl:0:privateKey={file}:interface=127.0.0.1")
        alice = await self.connect("Alice", address.port, tls=True)
        await self.ask(alice, b"set tea green", b"ok", b"get tea", b"value green")
        alice.sends(pack(">I", 2 * MOST), told=f"the length {2 * MOST}")
        await alice.is_gone()
