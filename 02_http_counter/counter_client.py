"""An HTTP client that sends requests to the request counter, one or many concurrently.

WHERE is a URL such as http://127.0.0.1:8080/ (the default), or a Twisted client
endpoint description:

  unix:/tmp/counter.sock                a UNIX socket
  tls:localhost:8443:trustRoots=FOLDER  HTTPS; FOLDER holds the trusted .pem files

Answers are printed as they arrive, one a line. The client gives up at the first answer
that is not a "200 OK" or is longer than 16 KiB, and when none arrives for 30 seconds.
"""

import os
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable

from twisted.internet import task
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import (
    IReactorCore,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.python.filepath import UnlistableError
from twisted.web import http
from twisted.web.client import URI, Agent, ResponseDone, ResponseFailed
from twisted.web.error import Error
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer

LONGEST = 16 * 1024  # bytes of an answer; the counter's has about 20
PATIENCE = 30  # seconds without an answer; headers without end take 150 MiB by then
MOST = 10_000  # requests at once; here, each takes about 20 KiB of memory

# What would act on the terminal instead of being shown. This course's server sends
# none of it, but a client does not know whose server it talks to.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@implementer(IAgentEndpointFactory)
class OneEndpoint:
    """Sends every request to one endpoint, whatever host its URL names."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        """Takes the endpoint."""
        self.endpoint = endpoint

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """Agent asks this for each request."""
        return self.endpoint


class Body(Protocol):
    """Collects the body of one answer; readBody would do so without a limit."""

    def __init__(self) -> None:
        """`whole` fires once, with the body."""
        self.whole: Deferred[bytes] = Deferred()
        self.received = b""

    def dataReceived(self, data: bytes) -> None:
        """Keeps some more bytes of the body."""
        self.received += data
        if len(self.received) > LONGEST and not self.whole.called:
            self.whole.errback(ValueError(f"more than {LONGEST} bytes"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Hands on the whole body, or the reason why it isn't whole."""
        if self.whole.called:
            return
        if reason.check(ResponseDone, http.PotentialDataLoss):
            self.whole.callback(self.received)
        else:
            self.whole.errback(reason)


async def ask(agent: IAgent, url: bytes) -> str:
    """Returns one answer as a line; raises an Error if it is not a `200 OK`."""
    response = await agent.request(b"GET", url)
    if response.code != http.OK:
        raise Error(response.code)
    body = Body()
    response.deliverBody(body)
    text = (await body.whole).decode(errors="replace")
    return printable(text.rstrip("\n"))


async def ask_all(
    reactor: IReactorCore, where: str, times: int, show: Callable[[str], None]
) -> None:
    """Sends all requests before the first answer is there; `show` gets each answer."""
    url = b"http://localhost/"
    if "://" in where:
        agent: IAgent = Agent(reactor)
        url = where.encode("ascii")
    else:
        endpoint = OneEndpoint(clientFromString(reactor, where))
        agent = Agent.usingEndpointFactory(reactor, endpoint)
    asking = [Deferred.fromCoroutine(ask(agent, url)) for _ in range(times)]
    showing = [answer.addCallback(show) for answer in asking]
    await gatherResults(showing, consumeErrors=True)


async def main(reactor: IReactorCore, where: str, times: int) -> None:
    """Sends `times` requests concurrently, and prints the answers as they arrive.

    Raises SystemExit with one line for the user when one of them fails.
    """
    if not 1 <= times <= MOST:
        sys.exit(f"Cannot send {times} requests, only 1 to {MOST}")
    if sys.stdout is None:
        sys.exit("Standard output must be open")
    stopping: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", stopping.callback, None)
    answers: list[str] = []

    def show(answer: str) -> None:
        answers.append(answer)
        write(answer)
        patience.reset(PATIENCE)

    asking = Deferred.fromCoroutine(ask_all(reactor, where, times, show))
    patience = IReactorTime(reactor).callLater(PATIENCE, asking.cancel)
    try:
        await asking
    except Exception as error:
        if stopping.called:  # Ctrl-C, which breaks the connections
            return
        why = cause(error)
        if isinstance(why, SystemExit):  # from `write`
            raise why from None
        text = str(why) if patience.active() else f"no answer for {PATIENCE} seconds"
        sys.exit(f"Cannot ask '{where}': {printable(text)[:200]}")
    if times > 1:
        write(f"{len(answers)} answers, {len(set(answers))} different ones")


def printable(text: str) -> str:
    """Returns `text` as one line that does nothing to the terminal."""
    return UNSAFE.sub("\ufffd", text)


def write(line: str) -> None:
    """Prints `line` at once; raises SystemExit if standard output takes no more."""
    try:
        print(line, flush=True)
    except OSError as error:
        # What could not be written is kept. At exit, Python would try and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader left, as after `| head -1`
            sys.exit()
        sys.exit(f"Cannot write to standard output: {error.strerror}")


def cause(error: BaseException | None) -> BaseException | None:
    """Returns what is at the bottom of errors that wrap one another."""
    match error:
        case FirstError(subFailure=failure):  # from gatherResults
            return cause(failure.value)
        case ResponseFailed(reasons=[failure, *_]):  # from Agent
            return cause(failure.value)
        case UnlistableError(originalException=original):  # trustRoots is no folder
            return original
    return error


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("WHERE", nargs="?", default="http://127.0.0.1:8080/")
    times = f"number of requests to send concurrently, 1 (the default) to {MOST}"
    parser.add_argument("--times", type=int, default=1, help=times)
    arguments = parser.parse_args()
    task.react(main, [arguments.WHERE, arguments.times])
