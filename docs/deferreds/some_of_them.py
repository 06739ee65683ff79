"""Asks three counters at once, and takes the answers that it gets."""

from twisted.internet.defer import DeferredList
from twisted.internet.task import deferLater, react


def ask(reactor, seconds, text):
    return deferLater(reactor, seconds, number_in, text)


def number_in(text):
    return int(text.rpartition("#")[2])


async def main(reactor):
    one = ask(reactor, 1, "I am request #7")
    two = ask(reactor, 0.5, "Too busy")
    three = ask(reactor, 1, "I am request #5")
    pairs = await DeferredList([one, two, three], consumeErrors=True)
    for good, result in pairs:
        print(result if good else result.getErrorMessage())


react(main)
