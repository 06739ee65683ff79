"""Starts to greet somebody it doesn't know."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore

GREETINGS = {"Alice": "hello", "Bob": "hi"}


async def greet(name: str) -> None:
    print(GREETINGS[name])


async def main(reactor: IReactorCore) -> None:
    Deferred.fromCoroutine(greet("Eve"))
    print("and on")


task.react(main)
