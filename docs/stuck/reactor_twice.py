"""Starts and stops the reactor for each of two jobs."""

from twisted.internet import reactor

for job in ["first", "second"]:
    reactor.callWhenRunning(print, job)
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
