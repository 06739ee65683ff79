"""Connects the machinery to MkDocs. Everything that depends on MkDocs is here."""

import logging
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from pymdownx.superfences import SuperFencesException

from docs.machinery import ROOT, STAGES
from docs.machinery.diagrams.draw import draw_on_sockets
from docs.machinery.diagrams.draw_tracks import draw_program
from docs.machinery.exercises.folder import ExerciseError
from docs.machinery.exercises.played import draw_played
from docs.machinery.pages import DIRECTIVES as OF_PAGES
from docs.machinery.pages.directives import DirectiveError, expand
from docs.machinery.pages.html import (
    description,
    lighter,
    with_breaks,
    with_meanings,
    without_indents,
)
from docs.machinery.quiz.draw import draw_quiz
from docs.machinery.quiz.order import place_to_order
from docs.machinery.try_here.pack import pack, place_to_try
from docs.machinery.try_here.pyodide import PyodideError, place

# What a page may ask for, and the function that gets its arguments.
DIRECTIVES = OF_PAGES | {"order": place_to_order, "try": place_to_try}
FENCES: dict[str, Callable[[str, str], str]] = {
    "diagram": draw_played,
    "quiz": draw_quiz,
    "reactor-diagram": draw_on_sockets,
    "tracks": draw_program,
}
# Scripts and styles of our own. Comments and indents are for those who read them here.
SCRIPTS = [
    "assets/course.js",
    "assets/quiz.js",
    "assets/try/try.js",
    "assets/try/room.js",
]
COMMENTED = ["stylesheets/course.css", "assets/try/try.css", *SCRIPTS]
COMMENT = re.compile(r"^ *//[^\n]*\n|/\*.*?\*/\n*|^ +", re.MULTILINE | re.DOTALL)
# Words go missing from the search, and queries fail, when a node's key in lunr's index
# is also another node's: "a5" + "12" and "a51" + "2" (lunr.js#279). A space ends an id.
SEARCH = "assets/javascripts/workers/search.*.min.js"
KEY, CLEAR_KEY = b"e=e+s+o.id}", b'e=e+s+o.id+" "}'
HAS_QUIZ = re.compile(r'^ *(```quiz$|<div class="order")', re.MULTILINE)
TITLE = re.compile(r'(?<=<span class="filename">)[\w./-]+')


class FenceError(SuperFencesException, PluginError):
    """Stops the build; after any other exception the page would show the fence."""


def on_config(config: MkDocsConfig) -> None:
    """Registers the kinds of fence, with ids that are unique in a build."""
    # `--quiet` hides warnings even from `--strict`, which counts them (mkdocs#4126).
    log = logging.getLogger("mkdocs")
    log.setLevel(min(log.level, logging.WARNING))
    # `mkdocs serve` builds again when a file has changed.
    config.watch += map(str, [*STAGES, ROOT / "tests"])
    pack.cache_clear()
    ids = (f"diagram-{number}" for number in count(1))
    superfences = config.mdx_configs.setdefault("pymdownx.superfences", {})
    superfences["custom_fences"] = [
        {"name": kind, "class": kind, "format": formatter(drawing, ids)}
        for kind, drawing in FENCES.items()
    ]


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, **_: object
) -> str:
    """Puts what a page asks for on it, and the script that what it tries needs."""
    try:
        text = expand(markdown, ROOT, DIRECTIVES)
        pyodide = place(config.extra["pyodide"], Path(config.docs_dir), page.url)
    except (DirectiveError, ExerciseError, PyodideError) as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from error
    if '<div class="try"' in text:
        script = get_relative_url("assets/try/try.js", page.url)
        text += f'\n<script src="{script}" data-pyodide="{pyodide}" defer></script>\n'
    if HAS_QUIZ.search(text):
        script = get_relative_url("assets/quiz.js", page.url)
        text += f'\n<script src="{script}" defer></script>\n'
    return text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Finishes a page: the path above a code block links to a copy of its file.

    The path is found in the HTML, because Pygments escapes a title: no link gets there
    from Markdown. What is typed or printed has a title that is no file, and no link.
    """

    def link(title: re.Match[str]) -> str:
        path = title[0]
        if not (ROOT / path).is_file():
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

    page.meta.setdefault("description", description(html))
    glossary = Path(config.docs_dir, "glossary.md")
    return TITLE.sub(link, with_meanings(lighter(html), glossary))


def on_post_page(output: str, **_: object) -> str:
    """Makes the whole page lighter, what the theme adds included.

    By now the search has the page's words, and a name is still one of them.
    """
    return with_breaks(without_indents(output))


def on_post_build(config: MkDocsConfig) -> None:
    """Adds the pack if a page needs it, makes pages lighter, and fixes lunr."""
    for worker in Path(config.site_dir).glob(SEARCH):
        script = worker.read_bytes().replace(KEY, CLEAR_KEY)
        if CLEAR_KEY not in script:
            raise PluginError(f"{worker.name} has another lunr: see SEARCH in build.py")
        worker.write_bytes(script)
    for name in COMMENTED:
        if (file := Path(config.site_dir, name)).is_file():
            file.write_text(COMMENT.sub("", file.read_text("utf-8")), "utf-8")
    folder = Path(config.site_dir, "assets", "try")
    if pack.cache_info().currsize:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "course.zip").write_bytes(pack())


def formatter(
    drawing: Callable[[str, str], str], ids: Iterator[str]
) -> Callable[..., str]:
    """Returns a function that SuperFences can call with a fence's text."""

    def format_fence(text: str, *_: object, **__: object) -> str:
        try:
            return drawing(text, next(ids))
        except Exception as error:
            message = f"a fence failed: {type(error).__name__}: {error}\n{text}"
            raise FenceError(message) from error

    return format_fence
