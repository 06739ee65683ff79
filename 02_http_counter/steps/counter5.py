"""Counter, step 5: a body that nobody wants is refused before it is read."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Site
from zope.interface import implementer


class RequestCounter(Resource):
    isLeaf = True

    def __init__(self):
        super().__init__()
        self.count = 0

    def render_GET(self, request):
        self.count += 1
        return self.body(request, self.count)

    def render_HEAD(self, request):
        return self.body(request, self.count + 1)

    def body(self, request, number):
        request.setHeader(b"content-type", b"text/plain")
        request.setHeader(b"cache-control", b"no-store")
        return b"I am request #%d\n" % number


@implementer(IHalfCloseableProtocol)
class DeadlineChannel(http.HTTPChannel):
    def resetTimeout(self):
        pass  # only a finished answer starts the 60 seconds again

    def allHeadersReceived(self):
        if self.length == 0:
            super().allHeadersReceived()
        else:
            self.write(b"HTTP/1.1 413 Content Too Large\r\n\r\n")
            self.loseConnection()

    def pauseProducing(self):
        super().pauseProducing()
        self.transport.pauseProducing()

    def readConnectionLost(self):
        self.loseConnection()

    def writeConnectionLost(self):
        pass


class CounterSite(Site):
    protocol = DeadlineChannel


async def main(reactor):
    endpoint = serverFromString(reactor, "tcp:8080:interface=127.0.0.1")
    await endpoint.listen(CounterSite(RequestCounter()))
    print("Listening on http://127.0.0.1:8080/")
    await Deferred()


if __name__ == "__main__":
    task.react(main)
