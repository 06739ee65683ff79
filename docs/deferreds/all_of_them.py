"""Asks three counters at once, and needs all answers."""

from twisted.internet.defer import gatherResults
from twisted.internet.task import deferLater, react


def ask(reactor, seconds, text):
    return deferLater(reactor, seconds, number_in, text)


def number_in(text):
    return int(text.rpartition("#")[2])


async def main(reactor):
    one = ask(reactor, 1, "I am request #7")
    two = ask(reactor, 0.5, "I am request #3")
    three = ask(reactor, 1, "I am request #5")
    numbers = await gatherResults([one, two, three], consumeErrors=True)
    print(numbers, "makes", sum(numbers))


react(main)
