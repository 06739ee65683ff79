"""A guest who asks others in the chat, and may cancel a question."""

import re

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class Asker(LineReceiver):
    """The connection to the chat server of a guest who asks questions."""

    delimiter = b"\n"
    transport: ITransport

    def connectionMade(self) -> None:
        """Begins without questions."""
        self.open: dict[str, list[Deferred[str]]] = {}  # by nick, the oldest first

    def ask(self, nick: str, question: str) -> Deferred[str]:
        """Asks a person in private; returns a Deferred for what that person says."""

        def forget(answer: Deferred[str]) -> None:
            self.open[nick].remove(answer)
            if not self.open[nick]:
                del self.open[nick]
            self.sendLine(f"/msg {nick} Never mind.".encode())

        self.sendLine(f"/msg {nick} {question}".encode())
        answer: Deferred[str] = Deferred(forget)
        self.open.setdefault(nick, []).append(answer)
        return answer

    def lineReceived(self, line: bytes) -> None:
        """Takes a line from the server: what somebody says answers a question."""
        said = re.fullmatch(r"<(\S+)> (.+)", line.decode(errors="replace"))
        if said and said[1] in self.open:
            answer = self.open[said[1]].pop(0)
            if not self.open[said[1]]:
                del self.open[said[1]]
            answer.callback(said[2])

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tells all who wait that there will be no answer."""
        waiting, self.open = self.open, {}
        for answers in waiting.values():
            for answer in answers:
                answer.errback(reason)
