"""Asks a counter that answers now, later or not at all."""

from twisted.internet import defer, task


def now(reactor):
    return "I am request #7"


def later(reactor):
    return task.deferLater(reactor, 0.5, str, "I am request #8")


def never(reactor):
    raise ConnectionError("nobody listens")


async def main(reactor):
    for ask in (now, later, never):
        answer = defer.maybeDeferred(ask, reactor)
        answer.addErrback(lambda failure: failure.getErrorMessage())
        print(await answer)


task.react(main)
