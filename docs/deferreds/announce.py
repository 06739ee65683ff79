"""Announces twice a second who is in the chat, until something goes wrong."""

from twisted.internet.task import LoopingCall, react

here = ["Alice", "Bob"]


def announce():
    print(here.pop(), "is here")


async def main(reactor):
    try:
        await LoopingCall(announce).start(0.5)
    except IndexError as error:
        print("No more announcements:", error)


react(main)
