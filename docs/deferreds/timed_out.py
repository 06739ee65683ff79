"""Gives a slow counter two seconds to answer."""

from twisted.internet import defer, task


def ask(reactor):
    answer = defer.Deferred()
    reactor.callLater(3, count, answer)
    return answer


def count(answer):
    print("The counter has counted you")
    answer.callback("I am request #7")


async def main(reactor):
    try:
        print(await ask(reactor).addTimeout(2, reactor))
    except defer.TimeoutError:
        print("No answer for 2 seconds")
    await task.deferLater(reactor, 2)


task.react(main)
