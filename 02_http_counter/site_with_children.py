"""A site with more than one page: a tree of resources, one for each path."""

from counter_server import RequestCounter
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request


class Root(Resource):
    """The tree: `/` welcomes, `/count` counts, and all else is 404.

    For each request, Site walks down from its root, one part of the path a step. It
    stops at a leaf, and takes a child that was put there before it asks getChild.
    """

    def __init__(self) -> None:
        """Puts the children in their places."""
        super().__init__()
        self.putChild(b"", Welcome())  # what follows the slash of `/` is empty
        self.putChild(b"count", RequestCounter())

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Returns the resource for a part of the path that has no child."""
        return notFound()


class Welcome(Resource):
    """Says where the counter is."""

    def render_GET(self, request: Request) -> bytes:
        """Returns the page's text."""
        request.setHeader(b"content-type", b"text/plain")
        return b"The counter is at /count\n"
