"""The program awaited.py, as it was written before Python had await."""

from twisted.internet import defer, task


def ask(reactor):
    return task.deferLater(reactor, 0.5, str, "Too busy")


def say(text, reactor):
    print("saying", text)
    return task.deferLater(reactor, 1, len, text)


@defer.inlineCallbacks
def main(reactor):
    try:
        number = int((yield ask(reactor)))
    except ValueError as error:
        number = 0
        print("No number:", error)
    print((yield say(f"Requests: {number}", reactor)), "characters said")


task.react(main)
