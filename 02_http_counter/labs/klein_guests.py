"""The guest list on Klein: a function for each path and method."""

import json
import sys
from collections import deque

from guest_json import answer
from small_bodies import SmallBodySite, serve
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.server import Request

try:
    from klein import Klein
except ModuleNotFoundError as error:
    sys.exit(f"{error}. For this lab: python -m pip install klein==24.8.0")


class GuestList:
    """Has the names at `/`, and each of them at a path of its own."""

    app = Klein()

    def __init__(self) -> None:
        self.names: deque[str] = deque(maxlen=100)

    @app.route("/", methods=["GET"])
    def list_all(self, request: Request) -> bytes:
        """Returns the names."""
        return answer(request, http.OK, list(self.names))

    @app.route("/<int:number>", methods=["GET"])
    def show(self, request: Request, number: int) -> bytes:
        """Returns one name: `/0` is the first."""
        if number >= len(self.names):
            return answer(request, http.NOT_FOUND, "There is no such guest")
        return answer(request, http.OK, {"name": self.names[number]})

    @app.route("/", methods=["POST"])
    def add(self, request: Request) -> bytes:
        """Keeps the name in a body such as `{"name": "Ann"}`."""
        assert request.content is not None  # mypy can't know: it is here by now
        match json.load(request.content):
            case {"name": str(name)}:
                self.names.append(name)
                return answer(request, http.CREATED, {"name": name})
        raise ValueError

    @app.handle_errors(ValueError, RecursionError)  # type: ignore[arg-type]
    def refuse(self, request: Request, failure: Failure) -> bytes:
        """Answers if a function above has raised one of these errors."""
        return answer(request, http.BAD_REQUEST, 'Send JSON such as {"name": "Ann"}')


if __name__ == "__main__":
    guests = GuestList().app.resource
    serve("Guest list", lambda reactor: SmallBodySite(reactor, guests()))
