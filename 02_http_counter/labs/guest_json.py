"""A guest book for programs: they sign with JSON, and read JSON."""

import json
from collections import deque

from small_bodies import SmallBodySite, serve
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request


class GuestList(Resource):
    """GET lists the last hundred names, POST adds one, DELETE forgets all."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.names: deque[str] = deque(maxlen=100)

    def render_GET(self, request: Request) -> bytes:
        """Returns the names."""
        return answer(request, http.OK, list(self.names))

    def render_DELETE(self, request: Request) -> bytes:
        """Forgets the names."""
        self.names.clear()
        return answer(request, http.OK, [])

    def render_POST(self, request: Request) -> bytes:
        """Keeps the name in a body such as `{"name": "Ann"}`."""
        kind = request.getHeader(b"content-type") or b""
        if not kind.startswith(b"application/json"):
            return answer(request, http.UNSUPPORTED_MEDIA_TYPE, "Send application/json")
        assert request.content is not None  # mypy can't know: it is here by now
        try:
            guest = json.load(request.content)
        except (ValueError, RecursionError):  # the second one for [[[[[[…
            return answer(request, http.BAD_REQUEST, "The body is not JSON")
        match guest:
            case {"name": str(name)}:
                self.names.append(name)
                return answer(request, http.CREATED, {"name": name})
        return answer(request, http.BAD_REQUEST, "The body has no text called 'name'")


def answer(request: Request, status: int, value: object) -> bytes:
    """Sets the status, and returns `value` as JSON. A text becomes `{"error": …}`."""
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"application/json")
    value = {"error": value} if isinstance(value, str) else value
    return json.dumps(value).encode() + b"\n"


if __name__ == "__main__":
    serve("Guest list", lambda reactor: SmallBodySite(reactor, GuestList()))
