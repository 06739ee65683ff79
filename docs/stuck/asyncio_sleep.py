"""Awaits asyncio's sleep on Twisted's reactor."""

import asyncio

from twisted.internet import task
from twisted.internet.interfaces import IReactorCore


async def main(reactor: IReactorCore) -> None:
    await asyncio.sleep(0.1)
    print("slept")


task.react(main)
