"""Looks up a name: at once if it is known, otherwise in a slow database."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

KNOWN = {"alice": "Alice"}


async def main(reactor: IReactorTime) -> None:
    def look_up(nick: str) -> str | Deferred[str]:
        if nick in KNOWN:
            return KNOWN[nick]
        return task.deferLater(reactor, 0.1, str.title, nick)

    print(await look_up("bob"))
    print(await look_up("alice"))


task.react(main)
