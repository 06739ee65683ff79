"""Asks a counter, which takes half a second to answer."""

from twisted.internet.defer import Deferred
from twisted.internet.task import react


def ask(reactor):
    answer = Deferred()
    reactor.callLater(0.5, answer.callback, "I am request #7")
    return answer


def main(reactor):
    answer = ask(reactor)
    answer.addCallback(print)
    print("asked")
    return answer


react(main)
