"""A client that fetches several pages at once."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred, DeferredList
from twisted.web import http
from twisted.web.client import readBody
from twisted.web.error import Error
from twisted.web.iweb import IAgent


async def fetch_all(agent: IAgent, urls: Sequence[bytes]) -> list[str | None]:
    """Returns the text of each page in the order of `urls`, or None if it failed."""
    # Each question is on its way before the first answer is awaited.
    fetching = [Deferred.fromCoroutine(fetch(agent, url)) for url in urls]
    # Unlike gatherResults, this waits for all of them, whether they fail or not.
    results = await DeferredList(fetching, consumeErrors=True)
    return [text if success else None for success, text in results]


async def fetch(agent: IAgent, url: bytes) -> str:
    """Returns the text of one page; raises an Error if it is not a `200 OK`."""
    response = await agent.request(b"GET", url)
    body = await readBody(response)
    if response.code != http.OK:
        raise Error(response.code)
    return body.decode()
