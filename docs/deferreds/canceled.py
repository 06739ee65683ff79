"""Gives a slow counter half a second to answer, and then stops it."""

from twisted.internet import defer, task


def ask(reactor):
    answer = defer.Deferred(lambda _answer: counting.cancel())
    counting = reactor.callLater(1, count, answer)
    return answer


def count(answer):
    print("The counter has counted you")
    answer.callback("I am request #7")


async def main(reactor):
    try:
        print(await ask(reactor).addTimeout(0.5, reactor))
    except defer.TimeoutError:
        print("No answer for half a second")
    await task.deferLater(reactor, 1)


task.react(main)
