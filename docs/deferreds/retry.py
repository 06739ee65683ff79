"""Asks a busy counter again, and waits longer each time."""

from twisted.internet.task import deferLater, react

answers = ["Too busy", "Too busy", "I am request #7"]


async def ask(reactor):
    answer = await deferLater(reactor, 0.2, answers.pop, 0)
    print("Requests:", int(answer.rpartition("#")[2]))


async def main(reactor):
    for delay in (0.5, 1):
        try:
            return await ask(reactor)
        except ValueError:
            print("No number, again in", delay, "s")
            await deferLater(reactor, delay)
    return await ask(reactor)


react(main)
