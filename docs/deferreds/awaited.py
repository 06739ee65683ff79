"""Asks the counter, and says the answer in the chat."""

from twisted.internet.task import deferLater, react


def ask(reactor):
    return deferLater(reactor, 0.5, str, "Too busy")


def say(text, reactor):
    print("saying", text)
    return deferLater(reactor, 1, len, text)


async def main(reactor):
    try:
        number = int(await ask(reactor))
    except ValueError as error:
        number = 0
        print("No number:", error)
    print(await say(f"Requests: {number}", reactor), "characters said")


react(main)
