"""Stays connected to a server: python service.py ENDPOINT."""

import sys

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater, react
from twisted.protocols.wire import Discard


async def main(reactor):
    server = clientFromString(reactor, sys.argv[1])
    delays = backoffPolicy(initialDelay=0.1, maxDelay=10)
    service = ClientService(server, Factory.forProtocol(Discard), delays)
    service.startService()
    try:
        await service.whenConnected(failAfterFailures=3)
        print("Connected")
    except Exception as error:
        print("Still not connected after 3 attempts:", error)
    await deferLater(reactor, 0, service.stopService)


react(main)
