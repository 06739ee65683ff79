"""An HTTP client that asks the request counter, once or many times at once.

WHERE is a URL such as http://127.0.0.1:8080/ (the default), or a Twisted client
endpoint description:

  unix:/tmp/counter.sock                a UNIX socket
  tls:localhost:8443:trustRoots=FOLDER  HTTPS; FOLDER holds the trusted .pem files
"""

import sys
import warnings
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from twisted.internet import task
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import IReactorCore, IStreamClientEndpoint
from twisted.python.filepath import UnlistableError
from twisted.web import http
from twisted.web.client import URI, Agent, ResponseNeverReceived, readBody
from twisted.web.error import Error
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer


@implementer(IAgentEndpointFactory)
class OneEndpoint:
    """Sends every request to one endpoint, whatever host its URL names."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        """Takes the endpoint."""
        self.endpoint = endpoint

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """Agent asks this for each request."""
        return self.endpoint


async def ask(agent: IAgent, url: bytes) -> str:
    """Returns the text of one answer; raises an Error if it is not a `200 OK`."""
    response = await agent.request(b"GET", url)
    body = await readBody(response)
    if response.code != http.OK:
        raise Error(response.code)
    return body.decode().rstrip("\n")


async def main(reactor: IReactorCore, where: str, times: int) -> None:
    """Asks `times` times at once, and prints the answers in the order of the questions.

    Raises SystemExit with one line for the user when one of them fails.
    """
    stopping: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", stopping.callback, None)
    try:
        url = b"http://localhost/"
        if "://" in where:
            agent: IAgent = Agent(reactor)
            url = where.encode("ascii")
        else:
            endpoint = OneEndpoint(clientFromString(reactor, where))
            agent = Agent.usingEndpointFactory(reactor, endpoint)
        # Each question is on its way before the first answer is awaited.
        asking = [Deferred.fromCoroutine(ask(agent, url)) for _ in range(times)]
        answers = await gatherResults(asking, consumeErrors=True)
    except Exception as error:
        if stopping.called:  # Ctrl-C, which breaks the connections
            return
        sys.exit(f"Cannot ask '{where}': {cause(error)}")
    print("\n".join(answers))
    if times > 1:
        print(f"{len(answers)} answers, {len(set(answers))} different ones")


def cause(error: BaseException | None) -> BaseException | None:
    """Returns what is at the bottom of errors that wrap one another."""
    match error:
        case FirstError(subFailure=failure):  # from gatherResults
            return cause(failure.value)
        case ResponseNeverReceived(reasons=[failure, *_]):  # from Agent
            return cause(failure.value)
        case UnlistableError(originalException=original):  # trustRoots is no folder
            return original
    return error


if __name__ == "__main__":
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("WHERE", nargs="?", default="http://127.0.0.1:8080/")
    parser.add_argument(
        "--times", type=int, default=1, help="number of requests to send concurrently"
    )
    arguments = parser.parse_args()
    # Twisted warns of its own transport: https://github.com/twisted/twisted/issues/8227
    warnings.filterwarnings("ignore", "Using readBody", DeprecationWarning)
    task.react(main, [arguments.WHERE, arguments.times])
