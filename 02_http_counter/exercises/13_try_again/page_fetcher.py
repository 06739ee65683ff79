"""Fetches one page, once; the exercise calls this."""

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectingCancelledError
from twisted.web import http
from twisted.web.client import ResponseFailed, readBody
from twisted.web.error import Error
from twisted.web.iweb import IAgent


async def fetch(agent: IAgent, url: bytes) -> str:
    """Returns the text of a page; raises an Error if it is not a `200 OK`.

    If it is canceled, it raises a CancelledError.
    """
    try:
        response = await agent.request(b"GET", url)
        body = await readBody(response)
    # Agent has errors of its own for a request that was canceled.
    except ConnectingCancelledError as error:
        raise CancelledError from error
    except ResponseFailed as error:
        if error.reasons[0].check(CancelledError):
            raise CancelledError from error
        raise
    if response.code != http.OK:
        raise Error(response.code)
    return body.decode()
