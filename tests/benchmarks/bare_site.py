"""The barest counter on twisted.web: a Site with one Resource, and all its defaults."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.web.resource import Resource
from twisted.web.server import Request, Site


class Counter(Resource):
    """A resource that counts the requests for it."""

    isLeaf = True
    count = 0

    def render_GET(self, request: Request) -> bytes:
        """Returns the number of this request."""
        self.count += 1
        return b"I am request #%d\n" % self.count


async def main(reactor: IReactorCore) -> None:
    """Counts requests on a free port, until the process is told to stop."""
    endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await endpoint.listen(Site(Counter()))
    print(f"Bare site on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main)
