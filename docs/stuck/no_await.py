"""Has a thread add some numbers."""

from twisted.internet import task
from twisted.internet.interfaces import IReactorCore
from twisted.internet.threads import deferToThread


async def main(reactor: IReactorCore) -> None:
    answer = deferToThread(sum, [1, 2, 3])
    print(answer)


task.react(main)
