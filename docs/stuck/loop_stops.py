"""Says how much time is left, once a minute. The third time fails."""

from twisted.internet import task

left = ["two minutes", "one minute"]


def announce() -> None:
    print(left.pop(0), "left")


clock = task.Clock()
loop = task.LoopingCall(announce)
loop.clock = clock
stopped = loop.start(60)
clock.pump([60] * 3)
print("still announcing:", loop.running)
