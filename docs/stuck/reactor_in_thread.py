"""Runs the reactor beside the main thread."""

from threading import Thread

from twisted.internet import reactor

reactor.callWhenRunning(print, "the reactor runs")
reactor.callWhenRunning(reactor.stop)
thread = Thread(target=reactor.run)
thread.start()
thread.join()
