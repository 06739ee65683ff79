"""Asks the counter, and says the answer in the chat."""

from twisted.internet.task import deferLater, react


def ask(reactor):
    return deferLater(reactor, 0.5, str, "I am request #7")


def say(text, reactor):
    print("saying", text)
    return deferLater(reactor, 1, len, text)


def main(reactor):
    answer = ask(reactor)
    answer.addCallback(say, reactor)
    answer.addCallback(print, "characters said")
    return answer


react(main)
