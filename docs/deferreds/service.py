"""Stays connected to the chat: python service.py ENDPOINT."""

import sys

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory
from twisted.internet.task import react
from twisted.protocols.wire import Discard


async def main(reactor):
    chat = clientFromString(reactor, sys.argv[1])
    delays = backoffPolicy(initialDelay=0.1, maxDelay=10)
    service = ClientService(chat, Factory.forProtocol(Discard), delays)
    service.startService()
    try:
        await service.whenConnected(failAfterFailures=4)
        print("Connected")
    except Exception as error:
        print("Still not connected after 4 attempts:", error)


react(main)
