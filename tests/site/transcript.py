"""Replays what a page shows: its console blocks, against the real stages.

In a fence named `console`, a line that begins with `$ ` is a command. Of the lines
below it, those that the fence highlights (`hl_lines`) are typed into it and the rest
is what it prints; `...` stands for any text, with the spaces before it, and alone on
a line for any lines. `≈184` is a recorded figure, and stands for any number.
What runs on with nothing printed below should be silent for a moment.
`^C` and `^D` are the keys. A server, a step of a ladder, and what a block with a title
starts, goes on until `^C`, `^D`, `/quit` or the page's end; a block of the same title
continues it.

`{.console .table}` is such a fence, too, in which no line is wrapped on a phone.

A fence named `diff` is an edit of the file in its title; `$ git restore` undoes it,
and `...` alone on a line stands for the lines between two places. A page is replayed
in a copy of what it speaks of, with its ports replaced by free ones.
"""

import re
import shlex
import shutil
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import pytest

from tests import ROOT, STAGES
from tests.site.shell_command import PATH, TIME_LIMIT, Command, TranscriptError
from tests.stage_process import half_closing_netcat

FENCE = re.compile(
    r"^( *)```(?:\{\.)?(?P<kind>console|diff)(?P<options>[^\n]*)\n"
    r"(?P<body>.*?)\n\1```$",
    re.MULTILINE | re.DOTALL,
)
# Three dots, of which pytest prints more, or a figure; in between is what is printed.
WILDCARD = re.compile(r"( *(?<!\.)\.\.\.(?!\.)| *≈[\d,.]*\d)")
PORTS = ["1234", "1235", "6380", "8080"]  # that pages speak of
KEYS = {"^C", "^D"}
ENDS = {*KEYS, "/quit"}


@dataclass
class Block:
    """One fence of a page: its kind, its title, its lines and which are typed."""

    kind: str
    title: str
    lines: list[str]
    typed: set[int]


def blocks(page: str) -> list[Block]:
    """Returns the `console` and `diff` fences of a page in order."""
    found = []
    for fence in FENCE.finditer(page):
        options = dict(re.findall(r'(\w+)="([^"]*)"', fence["options"]))
        typed: set[int] = set()
        for span in options.get("hl_lines", "").split():
            first, _, last = span.partition("-")
            typed |= set(range(int(first), int(last or first) + 1))
        indent = len(fence[1])
        lines = [line[indent:] for line in fence["body"].split("\n")]
        found.append(Block(fence["kind"], options.get("title", ""), lines, typed))
    return found


@dataclass
class Replay:
    """One page's replay, in `folder`."""

    folder: Path
    terminals: dict[str, Command] = field(
        default_factory=dict
    )  # what runs on, by title
    missing: set[str] = field(default_factory=set)
    ports: dict[str, str] = field(default_factory=dict)  # the free one, by the shown

    def __enter__(self) -> Self:
        """Copies what a page speaks of, and picks a free port for each one shown."""
        for folder in [*STAGES, ROOT / "docs", ROOT / "tests"]:
            shutil.copytree(
                folder,
                self.folder / folder.relative_to(ROOT),
                ignore=shutil.ignore_patterns("assets", "__pycache__"),
            )
        for name in ["pyproject.toml", "mkdocs.yml"]:
            shutil.copy(ROOT / name, self.folder)
        with ExitStack() as held:  # all at once, so that they differ
            for shown in PORTS:
                free = held.enter_context(socket.create_server(("127.0.0.1", 0)))
                self.ports[shown] = str(free.getsockname()[1])
        for stage in STAGES:
            for pattern in ("*.py", "steps/*.py", "labs/*.py"):
                for script in (self.folder / stage.name).glob(pattern):
                    self.restore(script.relative_to(self.folder).as_posix())
        return self

    def restore(self, name: str) -> None:
        """Copies a file anew; where a stage names its port, it names the free one."""
        text = (ROOT / name).read_text("utf-8")
        if name.count("/") == 1 or "/steps/" in name or "/labs/" in name:
            text = replaced(self.ports, text)
        (self.folder / name).write_text(text, "utf-8")

    def __exit__(self, *_: object) -> None:
        """Ends all that still runs."""
        for command in self.terminals.values():
            command.stop()

    def play(self, page: str) -> None:
        """Replays the blocks of a page; raises TranscriptError at the first lie."""
        for block in blocks(page):
            if block.kind == "diff":
                self.edit(block)
            else:
                self.console(block)
        for command in self.terminals.values():
            if command.process.poll() is not None:
                self.finish(command)

    def edit(self, block: Block) -> None:
        """Makes the edit that a `diff` block shows; each part must fit exactly once."""
        file = self.folder / block.title
        text = file.read_text("utf-8")
        for part in "\n".join(block.lines).split("\n...\n"):
            lines = part.split("\n")
            old, new = (
                "".join(f"{line[1:]}\n" for line in lines if line[:1] in kept)
                for kept in ("- ", "+ ")
            )
            if text.count(old) != 1:
                raise TranscriptError(f"not exactly once in {block.title}:\n{old}")
            text = text.replace(old, new)
        file.write_text(text, "utf-8")

    def console(self, block: Block) -> None:
        """Replays one block: each command with the lines below it."""
        starts = [i for i, line in enumerate(block.lines) if line.startswith("$ ")]
        ends = [*starts, len(block.lines)]
        if ends[0] and block.title in self.terminals:
            self.converse(self.terminals[block.title], block, range(ends[0]))
        for start, end in pairwise(ends):
            try:
                self.run(block.lines[start][2:], block, range(start + 1, end))
            except TranscriptError as wrong:
                raise TranscriptError(f"{block.lines[start]}\n{wrong}") from None

    def run(self, command: str, block: Block, below: range) -> None:
        """Runs one command and compares what it prints."""
        if command.startswith("git restore "):
            self.restore(command.removeprefix("git restore "))
            return
        tools = {shlex.split(part)[0] for part in command.split(" | ")}
        if absent := {tool for tool in tools if not self.which(tool)}:
            self.missing |= absent
            if not below or block.typed:  # what follows needs what it does
                pytest.skip(f"right as far as here: no {sorted(absent)}")
            return
        step = re.fullmatch(r"python (\S+/steps/\w+\.py)", command)
        runs_on = step or block.title or any(". Try: " in block.lines[i] for i in below)
        if runs_on and block.title in self.terminals:
            self.finish(self.terminals[block.title])
        running = Command(replaced(self.ports, command), self.folder)
        if runs_on:
            self.terminals[block.title] = running
        try:
            self.converse(running, block, below)
            if step and not below:
                self.wait_for(step[1])
        finally:
            if running not in self.terminals.values():
                running.stop()

    def wait_for(self, step: str) -> None:
        """Waits until a step listens: the first of all prints nothing about it."""
        source = (self.folder / step).read_text("utf-8")
        [port] = re.findall(r"tcp:(\d+):", source)
        give_up = monotonic() + TIME_LIMIT
        while monotonic() < give_up:
            with suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", int(port))).close()
            sleep(0.02)
        raise TranscriptError(f"nobody listens on {port}")

    def which(self, tool: str) -> str | None:
        """Returns where a tool is, if it is installed or the page has made it."""
        if tool == "nc":  # pages use its `-N`
            return half_closing_netcat()
        return shutil.which(self.folder / tool if "/" in tool else tool, path=PATH)

    def converse(self, command: Command, block: Block, below: range) -> None:
        """Types the typed lines into a command and compares the others."""
        skipping = command.skipping
        for i in below:
            shown = block.lines[i]
            if shown in KEYS or i + 1 in block.typed:
                command.type(shown)
            elif shown == "...":
                skipping = True
            else:
                self.compare(command, shown, skipping=skipping)
                skipping = False
        if self.terminals.get(block.title) is command:
            if ENDS.isdisjoint(block.lines[i] for i in below):
                command.skipping = skipping  # it runs on
                if all(i + 1 in block.typed for i in below):
                    command.expect_silence()
                return
            del self.terminals[block.title]
        command.skipping = skipping
        self.finish(command)

    def finish(self, command: Command) -> None:
        """Sees a command end, which should print nothing more that the page lacks."""
        command.end_input()
        while (printed := command.next_line()) is not None:
            if not command.skipping:
                raise TranscriptError(f"printed, but not shown: {printed}")
        command.stop()

    def compare(self, command: Command, shown: str, *, skipping: bool) -> None:
        """Reads up to the line shown; others may come first if lines are skipped."""
        pattern = "".join(
            re.escape(part) if i % 2 == 0 else r" *[\d,.]*\d" if "≈" in part else ".*"
            for i, part in enumerate(WILDCARD.split(shown))
        )
        while (printed := command.next_line()) is not None:
            printed = replaced({p: shown for shown, p in self.ports.items()}, printed)
            if re.fullmatch(pattern, printed):
                return
            if not skipping:
                raise TranscriptError(f"shown:   {shown}\nprinted: {printed}")
        last = "\n               ".join(command.printed) or "nothing"
        raise TranscriptError(f"never printed: {shown}\nlast:          {last}")


def replaced(words: dict[str, str], text: str) -> str:
    """Returns `text` with some words replaced by others, all at once."""
    return re.sub(rf"\b({'|'.join(words)})\b", lambda found: words[found[0]], text)
