"""Gets an answer without a number, and recovers."""

from twisted.internet.defer import Deferred
from twisted.internet.task import react


def main(reactor):
    answer = Deferred()
    reactor.callLater(0.5, answer.callback, "Too busy")
    answer.addCallback(number_in)
    answer.addErrback(no_number)
    answer.addCallback(print)
    return answer


def number_in(text):
    return int(text.rpartition("#")[2])


def no_number(failure):
    print("No number:", failure.getErrorMessage())
    return 0


react(main)
