"""A result in a box."""

from twisted.internet.defer import Deferred

answer = Deferred()
answer.addCallback(print)
print("asked")
answer.callback("I am request #1")
print("and on")
