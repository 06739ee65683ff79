"""Makes a number of the answer, and a sentence of the number."""

from twisted.internet.defer import Deferred
from twisted.internet.task import react


def ask(reactor):
    answer = Deferred()
    reactor.callLater(0.5, answer.callback, "I am request #7")
    return answer


def main(reactor):
    answer = ask(reactor)
    answer.addCallback(number_in)
    answer.addCallback("Requests: {}".format)
    answer.addCallback(print)
    return answer


def number_in(text):
    return int(text.rpartition("#")[2])


react(main)
