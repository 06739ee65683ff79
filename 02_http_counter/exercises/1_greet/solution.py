"""A site that greets its visitors by name."""

from twisted.web.resource import Resource
from twisted.web.server import Request


class Greeting(Resource):
    """Greets its visitors by the name in the URL, such as `/?name=Ada`."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        """Returns the greeting."""
        # A name may contain anything: sent as HTML, a `<script>` would run.
        request.setHeader(b"content-type", b"text/plain; charset=utf-8")
        names = request.args.get(b"name", [b"world"])
        return b"Hello, %b\n" % names[0]
