"""A guest book: a page with a form, and the names of those who have signed."""

from collections import deque
from html import escape

from small_bodies import SmallBodySite, serve
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Request

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Guests</title>
<form method="post"><label>Name: <input name="name"></label><button>Sign</button></form>
<ul>{}</ul>
"""


class GuestBook(Resource):
    """GET shows the form and the last hundred names, POST adds a name."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.names: deque[str] = deque(maxlen=100)

    def render_GET(self, request: Request) -> bytes:
        """Returns the page. `/?search=an` has only the names that contain `an`."""
        wanted = field(request, b"search")
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        found = [f"<li>{escape(name)}" for name in self.names if wanted in name]
        return PAGE.format("\n".join(found)).encode()

    def render_POST(self, request: Request) -> bytes:
        """Keeps the name in the form, and sends the browser back to the page."""
        name = field(request, b"name")
        if not name:
            request.setResponseCode(http.BAD_REQUEST)
            request.setHeader(b"content-type", b"text/plain")
            return b"Please fill in the field 'name'.\n"
        self.names.append(name)
        request.setResponseCode(http.SEE_OTHER)
        request.setHeader(b"location", b"/")
        return b""


def field(request: Request, name: bytes) -> str:
    """Returns a field of the query or the form as text; if it isn't there, ""."""
    values: list[bytes] = request.args.get(name, [b""])
    return values[0].decode(errors="replace").strip()


if __name__ == "__main__":
    serve("Guest book", lambda reactor: SmallBodySite(reactor, GuestBook()))
