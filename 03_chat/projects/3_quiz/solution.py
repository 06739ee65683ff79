"""A quiz for everybody who connects: the first right answer gets a point."""

import re
import sys

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory
from twisted.internet.task import react
from twisted.internet.tcp import Connection
from twisted.protocols.basic import LineReceiver

QUESTIONS = [
    ("What is 6 times 7?", "42"),
    ("Which method takes bytes?", "dataReceived"),
]


class Player(LineReceiver):
    """Somebody who is connected, and in the game once they have a name."""

    delimiter = b"\n"
    MAX_LENGTH = 512  # at a longer line, Twisted hangs up
    transport: Connection
    factory: "Quiz"
    name, points = "", 0

    def connectionMade(self) -> None:
        """Asks for a name."""
        self.transport.registerProducer(self, streaming=True)
        self.sendLine(b"Your name?")

    def pauseProducing(self) -> None:
        """Drops the player: too much waits, because it doesn't read."""
        self.transport.abortConnection()

    def lineReceived(self, line: bytes) -> None:
        """Takes a name, or an answer."""
        text = line.decode(errors="replace").strip()
        if self.name:
            self.factory.answer(self, text)
        else:
            self.factory.enter(self, text)

    def connectionLost(self, reason: object = None) -> None:
        """Leaves the game."""
        self.factory.players.pop(self.name.casefold(), None)


class Quiz(Factory[Player]):
    """The game: who plays, and which question it is."""

    protocol = Player

    def __init__(self, questions: list[tuple[str, str]]) -> None:
        self.players: dict[str, Player] = {}
        self.questions, self.asked = questions, 0

    def enter(self, player: Player, name: str) -> None:
        """Lets a player in, if the name is good."""
        if not re.fullmatch(r"\w{1,16}", name) or name.casefold() in self.players:
            player.sendLine(b"error: say another name, of 1 to 16 letters or digits")
            return
        player.name, self.players[name.casefold()] = name, player
        player.sendLine(self.questions[self.asked][0].encode())

    def answer(self, player: Player, text: str) -> None:
        """Tells the player that the answer is wrong, or everybody that it's right."""
        if text.casefold() != self.questions[self.asked][1].casefold():
            player.sendLine(b"no")
            return
        player.points += 1
        self.asked = (self.asked + 1) % len(self.questions)
        told = f"{player.name} has it: {text}. Points: {player.points}"
        for somebody in self.players.values():
            somebody.sendLine(f"{told}\n{self.questions[self.asked][0]}".encode())


async def main(
    reactor: IReactorCore, endpoint: str, questions: list[tuple[str, str]] = QUESTIONS
) -> None:
    """Plays at `endpoint` until told to stop."""
    await serverFromString(reactor, endpoint).listen(Quiz(questions))
    await Deferred()  # never fires


if __name__ == "__main__":
    react(main, sys.argv[1:] or ["tcp:1234:interface=127.0.0.1"])
