"""Loses an error."""

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react


def ask(reactor):
    answer = Deferred()
    reactor.callLater(0.5, answer.callback, "Too busy")
    return answer


def main(reactor):
    ask(reactor).addCallback(number_in).addCallback(print)
    return deferLater(reactor, 1, print, "The end")


def number_in(text):
    return int(text.rpartition("#")[2])


react(main)
