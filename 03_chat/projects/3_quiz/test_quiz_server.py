"""What a quiz's server has to do, over real sockets."""

from collections.abc import Iterable

import quiz_server

from docs.machinery.exercises.project import ProjectCase, Visitor

QUESTIONS = [
    ("How many bits has a byte?", "8"),
    ("¿Who calls dataReceived?", "Reactor"),
]
LONG = 80  # letters in a line that no sentence shows
ALL_OF_IT = 1_200_000  # bytes that are said to somebody who stops reading
FIRST, SECOND = (question for question, _ in QUESTIONS)


class QuizTests(ProjectCase):
    """Alice and Bob play."""

    program = quiz_server

    async def join(self, name: str) -> Visitor:
        """Returns somebody who is connected; the first of them starts the server."""
        if not self.ports:
            await self.serve("tcp:0:interface=127.0.0.1", QUESTIONS)
            self.story = ["main(reactor, ENDPOINT, QUESTIONS) starts."]
        player = await self.connect(name, self.ports[0].getHost().port)
        await self.hears(player, "Your name?")
        return player

    async def play(self, name: str) -> Visitor:
        """Returns a player in the game, which asks the first question."""
        player = await self.join(name)
        self.says(player, name)
        await self.hears(player, FIRST)
        return player

    def says(self, player: Visitor, line: str) -> None:
        """Has a player send a line."""
        player.sends(f"{line}\n".encode(), told=tell([line]))

    async def hears(self, player: Visitor, *lines: str) -> None:
        """Expects just these lines, whether they end with a CR or not."""
        await self.turns(lambda: player.received.count(b"\n") >= len(lines))
        got = player.received.decode().splitlines()
        player.received.clear()
        self.check(
            got == list(lines),
            f"{player.name} should read {tell(lines)}, but reads {tell(got)}.",
        )

    async def refuses(self, player: Visitor, name: str) -> None:
        """Expects that a name is not taken."""
        self.says(player, name)
        await self.turns(lambda: b"\n" in player.received)
        got = player.received.decode(errors="replace")
        player.received.clear()
        one = got.startswith("error: ") and got.count("\n") == 1
        should = f"{player.name} should read one line, `error: …`, but reads {got!r}."
        self.check(one, should)

    async def test_tells_only_the_player_what_is_wrong(self) -> None:
        """A wrong answer is between the server and the player."""
        alice, bob = await self.play("Alice"), await self.play("Bob")
        self.says(alice, "16")
        await self.hears(alice, "no")
        self.says(bob, "8")
        await self.hears(bob, "Bob has it: 8. Points: 1", SECOND)

    async def test_tells_everybody_the_winner(self) -> None:
        """The right answer gets a point, and all go on to the next question."""
        alice, bob = await self.play("Alice"), await self.play("Bob")
        self.says(bob, "8")
        for player in (alice, bob):
            await self.hears(player, "Bob has it: 8. Points: 1", SECOND)

    async def test_begins_again(self) -> None:
        """After the last question comes the first, and the points stay."""
        alice = await self.play("Alice")
        self.says(alice, "8")
        await self.hears(alice, "Alice has it: 8. Points: 1", SECOND)
        self.says(alice, "  rEACTOR \r")
        await self.hears(alice, "Alice has it: rEACTOR. Points: 2", FIRST)

    async def test_refuses_bad_names(self) -> None:
        """A name that is no good, or taken, may be followed by a better one."""
        alice, other = await self.play("Alice"), await self.join("Somebody")
        for name in ("", "two words", "a" * 17, "\x1b[31m", "aLICE"):
            await self.refuses(other, name)
        self.says(other, "a" * 16)
        await self.hears(other, FIRST)
        self.says(alice, "9")
        await self.hears(alice, "no")

    async def test_plays_without_clients_that_have_no_name(self) -> None:
        """Somebody who has said no name hears nothing of the game."""
        alice, other = await self.play("Alice"), await self.join("Somebody")
        self.says(alice, "8")
        await self.hears(alice, "Alice has it: 8. Points: 1", SECOND)
        self.says(other, "Bob")
        await self.hears(other, SECOND)

    async def test_lets_players_leave(self) -> None:
        """The name of a player who has left is free, and its points are gone."""
        alice, bob = await self.play("Alice"), await self.play("Bob")
        self.says(alice, "8")
        for player in (alice, bob):
            await self.hears(player, "Alice has it: 8. Points: 1", SECOND)
        alice.hangs_up()
        await self.settle()
        again = await self.join("A new player")
        self.says(again, "alice")
        await self.hears(again, SECOND)
        self.says(again, "reactor")
        for player in (again, bob):
            await self.hears(player, "alice has it: reactor. Points: 1", FIRST)

    async def test_hangs_up_at_a_long_line(self) -> None:
        """512 bytes are fine, and more are not waited for."""
        alice = await self.play("Alice")
        self.says(alice, "x" * 512)
        await self.hears(alice, "no")
        alice.sends(b"x" * 600, told="600 bytes without an end")
        await alice.is_gone()

    async def play_without_bob(self) -> Visitor:
        """Has Bob stop reading while Alice plays on, and returns Bob."""
        long = "x" * 60_000
        await self.serve("tcp:0:interface=127.0.0.1", [(long, "x")])
        self.story = ["main(reactor, ENDPOINT, LONG_QUESTIONS) starts."]
        alice, bob = await self.join("Alice"), await self.join("Bob")
        for player in (alice, bob):
            self.says(player, player.name)
            await self.hears(player, long)
        bob.stops_reading()
        for points in range(1, 21):
            self.says(alice, "x")
            await self.hears(alice, f"Alice has it: x. Points: {points}", long)
        self.story = [*self.story[:6], "Alice has 20 points, a megabyte later."]
        return bob

    async def test_drops_a_player_that_stops_reading(self) -> None:
        """When the player reads on, it finds that the connection is closed."""
        bob = await self.play_without_bob()
        bob.reads_on()
        await self.turns(lambda: len(bob.received) > ALL_OF_IT)
        self.check(
            len(bob.received) < ALL_OF_IT,
            "Bob should not get all that was said: it has waited in memory.",
        )
        await bob.is_gone()

    async def test_does_not_wait_for_a_player_that_stops_reading(self) -> None:
        """The player is out of the game before it reads on, and its name is free."""
        await self.play_without_bob()
        other = await self.join("A new player")
        self.says(other, "Bob")
        await self.hears(other, "x" * 60_000)


def tell(lines: Iterable[str]) -> str:
    """Returns lines as a sentence has them, of long ones only how long they are."""
    told = [
        repr(line) if len(line) < LONG else f"{len(line)} letters" for line in lines
    ]
    return ", ".join(told) or "nothing"
