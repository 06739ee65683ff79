"""Answers after two seconds. The browser leaves after one."""

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

clock = Clock()


class Page(Resource):
    isLeaf = True

    def render_GET(self, request: Request) -> int:
        clock.callLater(2, self.answer, request)
        return NOT_DONE_YET

    def answer(self, request: Request) -> None:
        request.write(b"hello\n")
        request.finish()


channel: HTTPChannel = Site(Page(), reactor=clock).buildProtocol(None)
channel.makeConnection(StringTransport())
channel.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
clock.advance(1)
channel.connectionLost(Failure(ConnectionError()))
clock.advance(1)
print("all timers are done:", not clock.getDelayedCalls())
