"""Announces twice a second who is in the chat, whatever goes wrong."""

from twisted.internet.task import LoopingCall, deferLater, react

here = ["Alice", "Bob"]


def announce():
    try:
        print(here.pop(), "is here")
    except IndexError:
        print("Nobody is here")


async def main(reactor):
    announcing = LoopingCall(announce)
    announcing.start(0.5).addErrback(print)
    await deferLater(reactor, 1.8)
    announcing.stop()


react(main)
