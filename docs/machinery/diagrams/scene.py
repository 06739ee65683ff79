"""Reads a scene: the few lines in which a page describes a run that it wants drawn.

`parse` reads these lines: a title, a server, and a script of one step a line.

- `title: A client says hello`
- `server: 01_echo/echo_server.py EchoProtocol`
- `---`
- `Alice connects`
- `Alice sends hello`
- `30 seconds pass`

A second `---` may follow some steps: what is above it is played, but not drawn.
"""

import re
import runpy
import sys
from dataclasses import dataclass
from inspect import signature
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock

VERBS = (
    "connects",
    "sends",
    "half-closes",
    "disconnects",
    "is cut off",
    "stops reading",
    "reads again",
    "second passes",
    "seconds pass",
)
PASSES = VERBS[-2:]  # what time does, and no client

Kind = Literal["call", "act", "wire", "note", "turn"]


class SceneError(ValueError):
    """Says what is wrong with a scene."""


@dataclass(frozen=True)
class Event:
    """One row of a diagram.

    The reactor makes a `call` and the protocol an `act`; on the `wire` the reactor and
    the network meet; a `note` only tells something; and a `turn` begins a section.
    """

    kind: Kind
    source: str
    target: str
    label: str


@dataclass(frozen=True)
class Step:
    """One line of a script: who does what, and with which bytes; or how time passes."""

    client: str
    verb: str
    data: bytes

    def __str__(self) -> str:
        """Returns the line, which keeps a space at the end of its text."""
        text = self.data.decode("latin-1").encode("unicode_escape").decode()
        if text.endswith(" "):
            text = text[:-1] + r"\x20"
        return f"{self.client} {self.verb} {text}".rstrip()


@dataclass(frozen=True)
class Scene:
    """A title, `FILE NAME` of the server, and the script."""

    title: str
    server: str
    steps: list[Step]
    before: int  # how many of the steps happen before the picture begins

    @property
    def server_name(self) -> str:
        """The Python name of the server, which stands above its lifeline."""
        return self.server.split()[-1]

    @property
    def clients(self) -> list[str]:
        """Everyone in the script, in the order of their entrance."""
        names = [s.client for s in self.steps if s.verb not in PASSES]
        return list(dict.fromkeys(names))


def parse(text: str) -> Scene:
    """Returns the scene that a page describes."""
    head, *scripts = text.split("\n---\n")
    fields = dict(re.findall(r"^(\w+): *(.+)$", head, re.MULTILINE))
    lines = [script.strip().splitlines() for script in scripts]
    steps = [parse_step(line.strip()) for line in chain(*lines) if line.strip()]
    if list(fields) != ["title", "server"] or not steps:
        raise SceneError("a scene is 'title: …', 'server: FILE NAME', '---' and steps")
    before = sum(map(len, lines[:-1]))
    return Scene(fields["title"], fields["server"], steps, before)


def parse_step(line: str) -> Step:
    """Returns one line of a script, with Python's escapes in its text resolved."""
    match = re.fullmatch(rf"(\w+) ({'|'.join(VERBS)})(?: (.+))?", line)
    if match is None or (match[2] == "sends") != (match[3] is not None):
        verbs = ", ".join(VERBS).replace("sends", "sends TEXT")
        raise SceneError(f"no step '{line}': a step is a name and one of: {verbs}")
    if match[2] in PASSES and not match[1].isdecimal():
        raise SceneError(f"no step '{line}': time passes in whole seconds")
    try:
        text = (match[3] or "").encode().decode("unicode_escape").encode("latin-1")
    except UnicodeError:
        raise SceneError(
            f"no step '{line}': a \\ begins one of Python's escapes"
        ) from None
    return Step(match[1], match[2], text)


def load(server: str, root: Path, clock: Clock) -> Factory[Any]:
    """Returns a new factory for `FILE NAME`: a protocol's class, or a factory's.

    For a protocol, it is the file's own factory of it, if there is one.
    """
    path, _, name = server.partition(" ")
    if not (root / path).is_file():
        raise SceneError(f"no file '{path}'")
    # Run and not imported, so that `mkdocs serve` shows the file as it is now.
    before = sys.path[:]
    folders = [root, (root / path).parent, *root.glob("0*_*")]
    sys.path[:0] = map(str, folders)
    try:
        module = runpy.run_path(str(root / path))
    finally:
        sys.path[:] = before
    found = module.get(name)
    if isinstance(found, type) and issubclass(found, Protocol):
        factories = (
            f for f in module.values() if getattr(f, "protocol", None) is found
        )
        found = next(factories, None)
        if found is None:
            return Factory.forProtocol(module[name])
    if isinstance(found, type) and issubclass(found, Factory):
        wanted = [clock] if signature(found).parameters else []
        return found(*wanted)  # some factories need to know the time
    raise SceneError(f"no protocol or factory '{name}' in {path}")
