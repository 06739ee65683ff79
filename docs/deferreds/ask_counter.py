"""Asks stage 2's counter: python ask_counter.py URL."""

import sys

from twisted.internet.task import react
from twisted.web.client import Agent, readBody


async def ask(reactor, url):
    response = await Agent(reactor).request(b"GET", url.encode())
    body = await readBody(response)
    return body.decode().strip()


async def main(reactor, url):
    try:
        print(await ask(reactor, url))
    except Exception as error:
        print("No answer:", error)


react(main, sys.argv[1:])
