"""Makes a figure of recorded events: a title, a sequence diagram, and its legend."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.task import Clock

from docs.machinery import ROOT
from docs.machinery.diagrams.picture import PHONE, Picture, arrow
from docs.machinery.diagrams.scene import Event, Scene, parse
from docs.machinery.diagrams.session import Session

LEGEND = {
    "call": "the reactor calls your protocol",
    "act": "your protocol calls its transport",
    "wire": "the reactor calls the operating system",
}

# HTTP's own example stands for the time of the run, so that all builds are the same.
DATE = re.compile(r"(?<=Date: )\w{3}, [\w :]+ GMT")
A_DATE = "Sun, 06 Nov 1994 08:49:37 GMT"

# What twisted.web adds to every answer; a picture shows what the program says.
ADDED = re.compile(r"(?<=\\n)(?:Server|Date|Content-Length): .*?\\r\\n")


def draw_in_memory(scene: Scene, factory: Factory[Any], clock: Clock, name: str) -> str:
    """Plays a scene in memory and draws it, the server in the middle of its clients."""
    parties = scene.clients
    parties.insert((len(parties) + 1) // 2, scene.server_name)
    events = Session(clock, scene.server_name).play(scene, factory)
    return draw(events, parties, scene.server_name, scene.title, name)


def draw_on_sockets(text: str, name: str) -> str:
    """Plays a scene on a real reactor, in a process of its own, and draws it."""
    recorder = "docs.machinery.diagrams.record_reactor"
    done = subprocess.run(  # noqa: S603 - this course's own script
        [sys.executable, "-X", "utf8", "-m", recorder],
        input=text,
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    scene = parse(text)
    events = [Event(**event) for event in json.loads(done.stdout)]
    parties = [*scene.clients, "reactor", scene.server_name]
    return draw(events, parties, scene.server_name, scene.title, name)


def draw(
    events: Sequence[Event], parties: Sequence[str], server: str, title: str, name: str
) -> str:
    """Returns the figure; `name` makes its ids unique on the page."""
    picture = Picture(parties, server)
    events = [replace(e, label=DATE.sub(A_DATE, e.label)) for e in events]
    for event in events:
        picture.add(replace(event, label=folded(event.label)))
    shapes = picture.shapes()
    told = " ".join(f"{number}. {tell(e)}" for number, e in enumerate(events, 1))
    keys = {
        meaning: f'<g class="{kind}">{arrow(1, 31, 5)}</g>'
        for kind, meaning in LEGEND.items()
        if any(event.kind == kind for event in events)
    }
    return figure(shapes, (picture.width, picture.y), keys, told, title, name)


def folded(label: str) -> str:
    """Returns a label with headers that every answer has counted instead of shown."""
    shown, count = ADDED.subn("", label)
    if not count:
        return label
    headers = "header" if count == 1 else "headers"
    return shown.replace(r"\r\n\r\n", rf"\r\n… {count} more {headers}\r\n\r\n", 1)


def figure(  # noqa: PLR0913, PLR0917 - each is one thing that a figure has
    shapes: str,
    size: tuple[int, int],
    keys: dict[str, str],
    told: str,
    title: str,
    name: str,
) -> str:
    """Returns a figure of some shapes; `keys` shows what its legend explains."""
    width, height = size
    style, region = f"max-width:{width * 1.25:.0f}px", ""
    if width > PHONE:
        style += f";min-width:{width}px"
        region = f' tabindex="0" role="region" aria-label="{escape(title)}"'
    legend = "".join(
        f'<li><svg viewBox="0 0 32 10" aria-hidden="true">{sample}</svg>{meaning}</li>'
        for meaning, sample in keys.items()
    )
    return (
        '<figure class="diagram" data-search-exclude="">'
        f"<figcaption>{escape(title)}</figcaption><div{region}>"
        f'<svg viewBox="0 0 {width} {height}" style="{style}" role="img"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(told)}</desc>'
        f"{shapes}</svg></div><ul>{legend}</ul></figure>"
    )


def tell(event: Event) -> str:
    """Returns an event as a sentence, for those who cannot see the picture."""
    if event.kind in ("note", "turn"):
        return f"{event.label}."
    return f"{event.source} to {event.target}, {LEGEND[event.kind]}: {event.label}."
