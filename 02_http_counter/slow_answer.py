"""An answer that takes its time, and a client that may not wait for it."""

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request


class SlowAnswer(Resource):
    """Answers each request after some seconds, and others meanwhile."""

    isLeaf = True

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        """Takes the reactor, or in a test a Clock."""
        super().__init__()
        self.clock = clock
        self.seconds = seconds

    def render_GET(self, request: Request) -> int:
        """Promises an answer: NOT_DONE_YET instead of the body."""
        answering = self.clock.callLater(self.seconds, self.answer, request)

        def hung_up(_reason: Failure) -> None:
            answering.cancel()

        # The Deferred fires when the answer is complete, and fails when the client
        # goes away first: to answer it then would raise RuntimeError.
        request.notifyFinish().addErrback(hung_up)
        return NOT_DONE_YET

    def answer(self, request: Request) -> None:
        """Writes what render_GET would have returned, and says that this is all."""
        request.write(b"Thank you for waiting.\n")
        request.finish()
