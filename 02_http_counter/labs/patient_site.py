"""A web server with the same two slow pages, neither of which makes anyone wait.

python 02_http_counter/labs/patient_site.py tcp:8080:interface=127.0.0.1
"""

import sys
from hashlib import pbkdf2_hmac
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where slow_answer is

from slow_answer import SlowAnswer
from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from twisted.web.static import Data


class ComputedAnswer(Resource):
    """Has its answer computed by a thread, while the reactor goes on."""

    def render_GET(self, request: Request) -> int:
        """Promises an answer."""
        answering = Deferred.fromCoroutine(self.answer(request))
        answering.addErrback(lambda failure: failure.trap(CancelledError))
        # A client that hangs up gets no answer; to write one would be an error.
        request.notifyFinish().addErrback(lambda _reason: answering.cancel())
        return NOT_DONE_YET

    async def answer(self, request: Request) -> None:
        """Writes the answer. Only what deferToThread is given runs in a thread."""
        figure = await deferToThread(
            pbkdf2_hmac, "sha256", b"password", b"salt", 1_000_000
        )
        request.write(figure)
        request.finish()


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Serves the pages at `endpoint`, until the process is told to stop."""
    root = Resource()
    root.putChild(b"", Data(b"hello\n", "text/plain"))
    root.putChild(b"wait", SlowAnswer(IReactorTime(reactor), 0.5))
    root.putChild(b"compute", ComputedAnswer())
    port = await serverFromString(reactor, endpoint).listen(Site(root))
    print(f"Patient site on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
