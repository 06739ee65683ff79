"""Asks for asyncio's loop, too late."""

import asyncio

from twisted.internet import asyncioreactor, reactor

asyncioreactor.install(asyncio.SelectorEventLoop())
print(type(reactor))
