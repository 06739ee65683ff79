"""A page that may have to wait for something."""

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.resource import Resource
from twisted.web.server import Request, Site


class Page(Resource):
    isLeaf = True

    async def render_GET(self, request: Request) -> bytes:
        return b"hello\n"


browser = StringTransport()
channel = Site(Page(), reactor=Clock()).buildProtocol(None)
channel.makeConnection(browser)
channel.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
print(browser.value().decode())
print("finished" if browser.disconnecting else "the browser waits")
