"""Connects the machinery to MkDocs; everything that depends on MkDocs is here."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from pymdownx.superfences import SuperFencesException
from twisted.internet.task import Clock

from docs.machinery import ROOT
from docs.machinery.diagrams.draw import draw
from docs.machinery.diagrams.record import record
from docs.machinery.diagrams.scene import Event, Scene, load, parse
from docs.machinery.exercises.folder import ExerciseError
from docs.machinery.pages.include import IncludeError, expand
from docs.machinery.pages.parts import expand_parts
from docs.machinery.pages.plot import plot
from docs.machinery.try_here.pack import expand_try, pack
from docs.machinery.try_here.pyodide import PyodideError, place

TITLE = re.compile(r'(?<=<span class="filename">)[\w./-]+')


class FenceError(SuperFencesException, PluginError):
    """Stops the build; after any other exception the page would show the fence."""


def on_config(config: MkDocsConfig) -> None:
    """Registers the kinds of fence, with ids that are unique in a build."""
    pack.cache_clear()  # `mkdocs serve` builds again when a file has changed
    ids = (f"diagram-{number}" for number in count(1))
    drawings: dict[str, Callable[[str, str], str]] = {
        "diagram": partial(draw_scene, play_in_memory),
        "reactor-diagram": partial(draw_scene, play_on_sockets),
        "plot": partial(plot, ROOT),
    }
    superfences = config.mdx_configs.setdefault("pymdownx.superfences", {})
    superfences["custom_fences"] = [
        {"name": kind, "class": kind, "format": formatter(drawing, ids)}
        for kind, drawing in drawings.items()
    ]


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, **_: object
) -> str:
    """Puts on a page what it asks for."""
    try:
        parts = expand_parts(markdown, ROOT)
        pyodide = place(config.extra["pyodide"], Path(config.docs_dir), page.url)
        script = get_relative_url("assets/try/try.js", page.url)
        return expand(expand_try(parts, pyodide, script), ROOT)
    except (IncludeError, ExerciseError, PyodideError) as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error


def on_post_build(config: MkDocsConfig) -> None:
    """Adds the pack, if a page has something to try."""
    folder = Path(config.site_dir, "assets", "try")
    if pack.cache_info().currsize:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "course.zip").write_bytes(pack())


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Makes the path above a code block a link to a copy of its file."""

    def link(title: re.Match[str]) -> str:
        path = title[0]
        if not (ROOT / path).is_file():  # what is typed and printed has a title, too
            return path
        # From a USB stick a browser shows what ends in .txt, and may download the rest;
        # the mark that utf-8-sig adds tells it the encoding, as not every server does.
        uri = f"source/{path}.txt"
        source = files.get_file_from_path(uri)
        if not source:
            text = (ROOT / path).read_text("utf-8")
            source = File.generated(config, uri, content=text.encode("utf-8-sig"))
            files.append(source)
        return f'<a href="{source.url_relative_to(page.file)}">{path}</a>'

    return TITLE.sub(link, html)


def formatter(
    drawing: Callable[[str, str], str], ids: Iterator[str]
) -> Callable[..., str]:
    """Returns a function that SuperFences can call with a fence's text."""

    def format_fence(text: str, *_: object, **__: object) -> str:
        try:
            return drawing(text, next(ids))
        except Exception as error:
            message = f"a diagram failed: {type(error).__name__}: {error}\n{text}"
            raise FenceError(message) from error

    return format_fence


def draw_scene(
    play: Callable[[str, Scene], tuple[list[Event], list[str]]], text: str, name: str
) -> str:
    """Plays a scene and draws what happens in it."""
    scene = parse(text)
    events, parties = play(text, scene)
    return draw(events, parties, scene.server_name, scene.title, name)


def play_in_memory(_: str, scene: Scene) -> tuple[list[Event], list[str]]:
    """Plays a scene in memory, and sets the server in the middle of its clients."""
    parties = scene.clients
    parties.insert((len(parties) + 1) // 2, scene.server_name)
    clock = Clock()
    return record(scene, load(scene.server, ROOT, clock), clock), parties


def play_on_sockets(text: str, scene: Scene) -> tuple[list[Event], list[str]]:
    """Plays a scene on a real reactor, in a process of its own."""
    recorder = "docs.machinery.diagrams.record_reactor"
    command = [sys.executable, "-X", "utf8", "-m", recorder]
    done = subprocess.run(  # noqa: S603 (this course's own script)
        command,
        input=text,
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    events = [Event(**event) for event in json.loads(done.stdout)]
    return events, [*scene.clients, "reactor", scene.server_name]
