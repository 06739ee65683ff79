"""A client that fetches several pages: your turn is in `fetch_all`."""

from collections.abc import Sequence

from twisted.web import http
from twisted.web.client import readBody
from twisted.web.error import Error
from twisted.web.iweb import IAgent


async def fetch_all(agent: IAgent, urls: Sequence[bytes]) -> list[str | None]:
    """Returns the text of each page, in the order of `urls`."""
    # Your turn: all at once, and None for a page that cannot be fetched.
    return [await fetch(agent, url) for url in urls]


async def fetch(agent: IAgent, url: bytes) -> str:
    """Returns the text of one page; raises an Error if it is not a `200 OK`."""
    response = await agent.request(b"GET", url)
    body = await readBody(response)
    if response.code != http.OK:
        raise Error(response.code)
    return body.decode()
