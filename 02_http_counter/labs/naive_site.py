"""A web server that closes a connection which has been silent for a second.

python 02_http_counter/labs/naive_site.py tcp:8080:interface=127.0.0.1
"""

import sys

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.web.server import Site
from twisted.web.static import Data


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Serves one page at `endpoint`, until the process is told to stop."""
    site = Site(Data(b"hello\n", "text/plain"), timeout=1)  # by default, 60 seconds
    port = await serverFromString(reactor, endpoint).listen(site)
    print(f"Naive site on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
