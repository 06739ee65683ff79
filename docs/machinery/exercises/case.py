"""What the tests of exercises share: clients in memory who complain in sentences.

A client does to the server what TCP and the reactor would do. When something is
wrong, the test fails with the story so far and what should have come of it:
`Alice sends b'hi'. Alice should receive b'HI', but receives b'hi'.`
"""

import gc
import re
import tracemalloc
from collections.abc import Callable, Iterable
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import Any, Literal

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from docs.machinery.diagrams import client
from docs.machinery.diagrams.scene import Step
from docs.machinery.diagrams.session import Session

MEMORY = 8  # sentences of a story that are told


class ServerCase(SynchronousTestCase):
    """The tests of a server. A subclass says in `make_factory` how it is made."""

    longMessage = False  # a complaint is a whole sentence already

    def make_factory(self, clock: IReactorTime) -> Factory[Any]:
        """Returns the factory under test; `clock` is the reactor, or a Clock."""
        raise NotImplementedError

    def setUp(self) -> None:
        """Starts the story with a server, and nobody connected."""
        self.story: list[str] = []
        self.clock = Clock()
        self.session = Session(self.clock)
        self.clients = self.session.clients
        self.start()

    def start(self) -> None:
        """Starts a server to which clients connect from now on."""
        self.factory = self.make_factory(self.clock)
        self.factory.doStart()

    def start_another(self) -> None:
        """Starts a second server in the same process."""
        self.session.script.append("A second server starts")  # no room can play this
        self.happens("A second server starts", self.start)

    def tearDown(self) -> None:
        """Has an error that nobody handled logged now, and not in a later test."""
        gc.collect()

    def connect(
        self, name: str = "Alice", first: Factory[Any] | None = None
    ) -> "Client":
        """Returns a new client, connected unless the server turns it away."""
        client = Client(name, self)
        told = f"{name} connects to the first server" if first else f"{name} connects"
        self.happens(told, lambda: client.connect(first or self.factory))
        return client

    def enter(self, nick: str) -> "Client":
        """Returns a client who is in the chat; what came of that has been read."""
        client = self.connect(nick)
        client.says(f"/nick {nick}")
        for anyone in self.clients:
            anyone.clear()
        return client

    def wait(self, seconds: float) -> None:
        """Lets time pass on the clock."""
        self.happens(f"{seconds:g} seconds pass", lambda: self.session.wait(seconds))

    def grows(self, act: Callable[[], object]) -> int:
        """Returns how many bytes are kept of what `act` does; the story forgets it."""
        act()  # caches fill up the first time
        told, self.story = self.story, []
        done = len(self.session.script)
        tracemalloc.start()
        act()
        self.story = told
        self.session.events.clear()
        del self.session.script[done:]
        for anyone in self.clients:
            anyone.clear()
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept

    def happens(self, sentence: str, act: Callable[[], object]) -> None:
        """Tells a sentence of the story, lets it happen, and all that follows."""
        self.story.append(f"{sentence}.")
        try:
            act()
            self.session.settle()
        except (Exception, SystemExit) as error:
            # The reactor would log this, and drop the client whom it was serving.
            raise self.failureException(
                f"{self.so_far()} Then the server fails with {tell_error(error)}."
            ) from error

    def so_far(self) -> str:
        """Returns the end of the story."""
        cut = ["…"] if self.story[MEMORY:] else []
        return " ".join([*cut, *self.story[-MEMORY:]])

    def check(self, holds: object, complaint: str) -> None:
        """Fails the test with the story and a complaint, unless something holds."""
        self.assertTrue(holds, f"{self.so_far()} {complaint}")


class Client(client.Client):
    """A client of the server under test."""

    def __init__(self, name: str, case: ServerCase) -> None:
        """Takes a name for the story, and the test whose story it is."""
        super().__init__(name, case.session)
        self.case = case

    def write(self, data: bytes) -> None:
        """Takes what the server sends, unless nobody is left to take it."""
        if self.connected:
            super().write(data)
        else:
            late = f"The server writes {data!r}, but {self.name} is gone."
            self.case.story.append(late)

    def abortConnection(self) -> None:
        """Throws away what the server has written, and tells so."""
        if self.io.getvalue():
            self.case.story.append("The server aborts, so what it wrote is lost.")
        super().abortConnection()

    def does(self, verb: str, data: bytes = b"", *, told: str = "") -> None:
        """Does what a scene's script can say."""
        sentence = told or (f"{verb} {data!r}" if data else verb)
        self.stays()
        step = Step(self.name, verb, data)
        self.case.happens(f"{self.name} {sentence}", lambda: self.take(step))

    # Bytes.

    def sends(self, data: bytes) -> None:
        """Sends some bytes, which arrive at once."""
        self.does("sends", data)

    def drips(self, data: bytes) -> None:
        """Sends some bytes, each of which arrives alone."""
        self.stays()
        for number in range(len(data)):
            self.take(Step(self.name, "sends", data[number : number + 1]))
        told = f"{self.name} sends {data!r} byte by byte"
        self.case.happens(told, lambda: None)

    def receives(self, expected: bytes) -> None:
        """Expects just these bytes since the last look."""
        got = self.read()
        self.case.check(
            got == expected,
            f"{self.name} should receive {tell_bytes(expected)},"
            f" but receives {tell_bytes(got)}.",
        )

    def read(self) -> bytes:
        """Returns what has arrived since the last look."""
        got = self.value()
        self.clear()
        return got

    def stays(self) -> None:
        """Expects that the server has not hung up."""
        self.case.check(self.connected, f"{self.name} should still be connected.")

    def is_gone(self) -> None:
        """Expects that the server has hung up."""
        self.case.check(not self.connected, f"{self.name} should be disconnected.")

    # Lines.

    def says(self, line: str) -> None:
        """Sends a line."""
        self.does("sends", f"{line}\n".encode(), told=f"says {line!r}")

    def read_lines(self) -> list[str]:
        """Returns the lines that have arrived since the last look, without ends."""
        *lines, rest = self.read().decode().split("\n")
        should = f"{self.name} should read whole lines, but {rest!r} has no end."
        self.case.check(not rest, should)
        return [line.removesuffix("\r") for line in lines]

    def hears(self, *expected: str) -> None:
        """Expects just these lines since the last look."""
        got = self.read_lines()
        self.case.check(
            got == list(expected),
            f"{self.name} should read {tell_lines(expected)},"
            f" but reads {tell_lines(got)}.",
        )

    def hears_last(self, *expected: str) -> None:
        """Expects these lines after others, such as a greeting."""
        got = self.read_lines()[-len(expected) :]
        self.case.check(
            got == list(expected),
            f"The last that {self.name} reads should be {tell_lines(expected)},"
            f" but is {tell_lines(got)}.",
        )

    # HTTP.

    def asks(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        """Sends a request; a header's name has `_` for `-`."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        if body:
            headers["Content_Length"] = str(len(body))
        lines += [f"{n.replace('_', '-')}: {v}" for n, v in headers.items()]
        told = f"asks {method} {path}"
        told += "".join(f" with {line}" for line in lines[2:])
        told += f" and the body {body[:60]!r}" if body else ""
        self.asked = method
        head = "\r\n".join([*lines, "", ""]).encode()
        self.does("sends", head + body, told=told)

    def gets(self, status: int, body: bytes | None = None, **headers: str) -> bytes:
        """Expects an answer with this status, body and headers; returns its body."""
        answer, got = self.answer()
        why = title_of(got) or answer.reason  # a page of Twisted's has a title
        self.case.check(
            answer.status == status,
            f"The status should be {status}, but is {answer.status}: {why}.",
        )
        for name, value in headers.items():
            there = answer.headers[name.replace("_", "-")]
            self.case.check(
                words_of(value) <= words_of(there or ""),
                f"The header {name.replace('_', '-')} should be {value!r},"
                f" but is {there!r}.",
            )
        self.case.check(
            body is None or got == body,
            f"The body should be {body!r}, but is {tell_bytes(got)}.",
        )
        return got

    def answer(self) -> tuple[HTTPResponse, bytes]:
        """Returns the answer to the last question, and its body."""
        received = re.sub(rb"\r\nDate: [^\r]+", b"", self.read())  # new each time
        self.case.check(received, f"{self.name} should have an answer, but has none.")
        response = HTTPResponse(Stream(received), method=self.asked)  # type: ignore[arg-type]
        try:
            response.begin()
            return response, response.read()
        except IncompleteRead:
            raise self.case.failureException(
                f"{self.case.so_far()} {self.name} should have a whole answer, but"
                f" waits for the rest of {received!r}."
            ) from None
        except (HTTPException, ValueError) as error:
            raise self.case.failureException(
                f"{self.case.so_far()} {received!r} is no answer of HTTP: {error}."
            ) from None


class Stream(BytesIO):
    """Bytes in the place of a socket, of which each answer reads its own part."""

    def makefile(self, _mode: Literal["rb"]) -> BytesIO:
        """Returns the file."""
        return self

    def close(self) -> None:
        """Stays open for the next answer."""


def words_of(header: str) -> set[str]:
    """Returns a header's types, parameters and names, in which case does not count."""
    return {word.strip(' "') for word in re.split("[;,=]", header.lower())}


def tell_bytes(data: bytes) -> str:
    """Returns bytes as a sentence has them; of a page of HTML, only its title."""
    if not (title := title_of(data)):
        return repr(data) if data else "nothing"
    before, _, _ = data.partition(b"<html>")
    status = before.splitlines()[0] if before.strip() else b""
    return f"{f'{status!r} and ' if status else ''}a page that says {title!r}"


def title_of(page: bytes) -> str:
    """Returns the heading of a page of HTML, or nothing if there is none."""
    title = re.search("<h1>(.+)</h1>", page.decode(errors="replace"))
    return title[1] if title else ""


def tell_error(error: BaseException) -> str:
    """Returns an exception's name, and what it says, if it says anything."""
    said = str(error).removesuffix(".")
    return type(error).__name__ + (f": {said}" if said else "")


def tell_lines(lines: Iterable[str]) -> str:
    """Returns lines as a sentence has them."""
    return ", ".join(map(repr, lines)) or "nothing"
