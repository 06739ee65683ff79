"""A board that shows how many requests a counter has had: your turn is in `Board`."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater, react
from twisted.web.error import Error


class Board:
    """Asks a counter, and shows the number in its answer."""

    def __init__(
        self, ask: Callable[[], Deferred[Any]], show: Callable[[int], object]
    ) -> None:
        """Takes what asks the counter for a text, and what shows a number."""
        self.ask = ask
        self.show = show
        self.last = 0  # the number that was shown last

    def update(self) -> Deferred[Any]:
        """Asks the counter once more, and shows what it says."""
        answer = self.ask()
        answer.addCallback(self.read)
        # Your turn: a busy counter, and no other error.
        answer.addCallback(self.show)
        return answer

    def read(self, text: str) -> int:
        """Returns the number in an answer, and remembers it."""
        self.last = int(text.rpartition("#")[2])
        return self.last


def main(reactor: IReactorTime) -> Deferred[Any]:
    """Has a board ask a counter that is busy when it is asked again."""

    def ask() -> Deferred[str]:
        return deferLater(reactor, 1, answer)

    def answer() -> str:
        if board.last:
            raise Error(503)
        return "I am request #7\n"

    board = Board(ask, print)
    return board.update().addCallback(lambda _: board.update())


if __name__ == "__main__":
    react(main)
