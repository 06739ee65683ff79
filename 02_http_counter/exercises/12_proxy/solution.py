"""A proxy that counts; Twisted's own ReverseProxyResource passes on all of HTTP."""

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import readBody
from twisted.web.http import BAD_GATEWAY
from twisted.web.iweb import IAgent
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

SHOP = b"http://127.0.0.1:8080"  # the other server

log = Logger()


class Proxy(Resource):
    """Passes each GET on to the shop, and counts the answers."""

    isLeaf = True

    def __init__(self, agent: IAgent) -> None:
        """Takes what sends requests: an Agent, or in a test something like it."""
        super().__init__()
        self.agent = agent
        self.passed_on = 0

    def render_GET(self, request: Request) -> int:
        """Begins to ask the shop, and lets the client wait."""
        request.setHeader(b"content-type", b"text/plain")
        work = Deferred.fromCoroutine(self.pass_on(request))
        work.addErrback(self.apologize, request)
        # A client that leaves needs no answer, so the shop need not give one.
        request.notifyFinish().addErrback(lambda _failure: work.cancel())
        return NOT_DONE_YET

    async def pass_on(self, request: Request) -> None:
        """Answers with what the shop answers."""
        response = await self.agent.request(b"GET", SHOP + request.uri)
        body = await readBody(response)
        self.passed_on += 1
        request.setResponseCode(response.code)
        request.setHeader(b"x-passed-on", b"%d" % self.passed_on)
        request.write(body)
        request.finish()

    def apologize(self, failure: Failure, request: Request) -> None:
        """Answers a client that the shop has no answer for."""
        if failure.check(CancelledError):
            return
        log.failure("No answer", failure)
        request.setResponseCode(BAD_GATEWAY)
        request.write(b"The shop does not answer.\n")
        request.finish()
