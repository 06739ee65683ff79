"""Tests a page with a client that keeps its connections open."""

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.resource import Resource
from twisted.web.server import Request, Site


class Page(Resource):
    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        return b"hello"


class PageTests(TestCase):
    async def test_says_hello(self) -> None:
        server = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port = await server.listen(Site(Page()))
        self.addCleanup(port.stopListening)
        pool = HTTPConnectionPool(reactor)
        where = f"http://127.0.0.1:{port.getHost().port}/"
        answer = await Agent(reactor, pool=pool).request(b"GET", where.encode())
        self.assertEqual(await readBody(answer), b"hello")
