"""Recovers from one kind of error, and passes on another."""

from twisted.internet.defer import Deferred
from twisted.internet.task import react


def main(reactor):
    answer = Deferred()
    reactor.callLater(0.5, answer.errback, ConnectionError("nobody listens"))
    answer.addErrback(no_number)
    answer.addCallback(print)
    answer.addErrback(no_counter)
    return answer


def no_number(failure):
    failure.trap(ValueError)
    return 0


def no_counter(failure):
    print("No counter:", failure.getErrorMessage())


react(main)
