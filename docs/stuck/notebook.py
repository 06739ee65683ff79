"""Runs a notebook's cell twice. As in a notebook, asyncio's loop runs already."""

import asyncio

from twisted.internet import task
from twisted.internet.interfaces import IReactorTime


async def main(reactor: IReactorTime) -> None:
    await task.deferLater(reactor, 0.1, print, "hello")


async def cell() -> None:
    task.react(main)


async def notebook() -> None:
    for _ in range(2):
        try:
            await cell()
        except BaseException as error:
            print(repr(error))


asyncio.run(notebook())
