"""A web server with two slow pages, each of which makes the reactor wait.

python 02_http_counter/labs/blocking_site.py tcp:8080:interface=127.0.0.1
"""

import sys
import time
from hashlib import pbkdf2_hmac

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.static import Data


class Waits(Resource):
    """Answers after half a second, as if it had asked a slow database."""

    def render_GET(self, request: Request) -> bytes:
        """Waits, and returns the answer."""
        time.sleep(0.5)
        return b"Thank you for waiting.\n"


class Computes(Resource):
    """Answers with a figure that takes a while to compute."""

    def render_GET(self, request: Request) -> bytes:
        """Computes, and returns the answer."""
        return pbkdf2_hmac("sha256", b"password", b"salt", 1_000_000)


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Serves the pages at `endpoint`, until the process is told to stop."""
    root = Resource()
    root.putChild(b"", Data(b"hello\n", "text/plain"))
    root.putChild(b"wait", Waits())
    root.putChild(b"compute", Computes())
    port = await serverFromString(reactor, endpoint).listen(Site(root))
    print(f"Blocking site on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
