"""Serves browsers at the chat's address: the page, and its WebSocket."""

from pathlib import Path

from chat_server import ChatFactory
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site
from web_door import door_of
from web_member import ChatSocket

# What a page from here may do: only run the script and take the style and the icon
# that are here, and talk to this server. No text in it can become HTML.
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; "
    b"style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


class PageFile(Resource):
    """One of the page's files."""

    isLeaf = True

    def __init__(self, name: str, kind: str) -> None:
        """Takes the file's name and its type."""
        super().__init__()
        self.path = Path(__file__).parent / "web_page" / name
        self.kind = f"{kind}; charset=utf-8"

    def render_GET(self, request: Request) -> bytes:
        """Sends the file as it is now: a change is seen when the page is reloaded."""
        request.setHeader("content-type", self.kind)
        return self.path.read_bytes()


class Page(Resource):
    """The page's address, the files that it needs, and nothing else."""

    def __init__(self, chat: ChatFactory) -> None:
        """Says what is where."""
        super().__init__()
        self.putChild(b"", PageFile("web_chat.html", "text/html"))
        self.putChild(b"web_chat.css", PageFile("web_chat.css", "text/css"))
        self.putChild(b"web_chat.js", PageFile("web_chat.js", "text/javascript"))
        self.putChild(b"chat", ChatSocket(chat))

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Answers for every other address."""
        return notFound()


class PageSite(Site):
    """Answers requests, each with the headers above."""

    def __init__(self, chat: ChatFactory) -> None:
        """Serves the page of a chat."""
        super().__init__(Page(chat), reactor=chat.clock)

    def getResourceFor(self, request: Request) -> IResource:
        """Tells the door that a request is complete, and finds who answers it."""
        door_of(request).whole()
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        resource: IResource = super().getResourceFor(request)
        return resource
