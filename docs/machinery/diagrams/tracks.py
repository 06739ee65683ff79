"""Runs a program, and records what becomes of its Deferreds.

Time does not pass while it runs: its reactor goes on to the next delayed call at once.
What Twisted calls, and in which order, is up to Twisted. Watched are the lists in
which Deferreds keep their pairs of functions: a pair says when its turn has come, on
which of the two tracks, and what the function that was called returns.
"""

import gc
import re
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from inspect import iscoroutine
from io import StringIO
from pathlib import Path
from types import CodeType
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

import twisted.internet
from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogEvent, Logger, eventAsText, globalLogPublisher
from twisted.python.failure import Failure

from docs.machinery import ROOT
from docs.machinery.diagrams.scene import SceneError

LONGEST = 70  # characters of a value
PATIENCE = 60  # seconds that a program may last, none of which anybody waits
PROGRAMS = ROOT / "docs" / "deferreds"  # which a page records and lets one try
ADDERS = {"addCallback", "addCallbacks", "addErrback", "addBoth"}
# What Twisted adds beside what it was asked for.
DETAILS = {"cancelTimeout", "_parseDeferredListResult"}

Track = Literal["callback", "errback"]
Kind = Literal["value", "pair", "waits", "cancel", "time", "never", "unhandled"]


@dataclass
class Row:
    """One row of the picture.

    A `value` runs down its track. A `pair` is reached: the function on the value's
    track is called, and the other one is passed over; either may be missing. The
    Deferred `waits` for another one, or somebody calls its `cancel`; `time` passes; a
    pair is `never` reached; an error at the end of the chain is `unhandled`.
    """

    kind: Kind
    deferred: int = 0  # its number in the picture, from 1; 0 if it concerns them all
    track: Track = "callback"
    label: str = ""  # the value
    seconds: float = 0
    callback: str = ""  # the functions of a pair
    errback: str = ""


@dataclass
class Run:
    """What a program has printed, logged and done."""

    rows: list[Row] = field(default_factory=list)
    makers: list[str] = field(default_factory=list)  # of each of the Deferreds
    printed: str = ""
    logged: str = ""
    good: bool = True  # whether it has ended without an error


def record(file: Path) -> Run:
    """Runs a program, and returns what happened until nothing more would."""
    recorder = Recorder(str(file))
    printed = StringIO()
    logged: list[str] = []

    def log(event: LogEvent) -> None:
        logged.append(said(event, str(file)))

    reactor: Any = FastReactor(recorder.pass_time)
    with (
        redirect_stdout(printed),
        # Whatever is logged comes here, and goes nowhere else.
        patch.object(globalLogPublisher, "_observers", [log]),
        patch.object(sys, "argv", [str(file)]),
        patch.object(sys, "path", [str(file.parent), *sys.path]),
        patch.object(twisted.internet, "reactor", reactor, create=True),
        recorder.watching(),
    ):
        code: object = None
        try:
            runpy.run_path(str(file), run_name="__main__")
        except SystemExit as end:  # which is how `react` ends
            code = end.code
        except Exception:
            code = 1
            Logger().failure("The program ends with an error:")
        gc.collect()  # Deferreds that nobody keeps report their errors now
    recorder.end()
    happened = recorder.rows, recorder.makers
    return Run(*happened, printed.getvalue(), "".join(logged), good=not code)


class FastReactor(MemoryReactorClock):
    """A reactor on which nobody waits: each delayed call is made at once, in order."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        """Takes what is to be told how many seconds pass."""
        super().__init__()
        self.passes = passes

    def run(self) -> None:
        """Makes all delayed calls, until there is none or somebody calls `stop`."""
        self.running = self.hasRun = True
        for function, arguments, keywords in self.whenRunningHooks:
            function(*arguments, **keywords)
        while self.running and self.calls and self.seconds() < PATIENCE:
            seconds = max(0.0, min(c.getTime() for c in self.calls) - self.seconds())
            if seconds:
                self.passes(seconds)
            try:
                self.advance(seconds)
            except Exception:  # the real one goes on, too
                Logger().failure("Unhandled Error")
        if self.running and self.calls:
            Logger().warn("Stopped: it still runs after {seconds} s", seconds=PATIENCE)
        self.stop()


class Call(NamedTuple):
    """A function, and what it is called with after the result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


class Callbacks(list[Any]):
    """The pairs of functions of one Deferred, each of which says when it is reached."""

    def __init__(self, recorder: "Recorder", number: int, maker: str) -> None:
        """`maker` is the function that has made the Deferred."""
        super().__init__()
        self.recorder = recorder
        self.number = number
        self.maker = maker
        self.last: tuple[Track, str] | None = None  # the value that was shown last
        self.pairs: list[tuple[str, str]] = []  # those yet to be reached
        self.is_shown = False

    def append(self, pair: tuple[Any, Any]) -> None:
        """Adds a pair, as all methods of a Deferred do."""
        if callable(pair[0][0]):  # if not, another Deferred waits for this one
            calls = Call(*pair[0]), Call(*pair[1])
            names, inner = self.recorder.names_of(*calls)
            if names:
                self.is_shown = True
                self.pairs.append(names)
            reach = partial(self.reach, names, own=inner in ADDERS)
            good, bad = (partial(reach, call.function) for call in calls)
            pair = (good, *pair[0][1:]), (bad, *pair[1][1:])
        super().append(pair)

    def reach(
        self,
        names: tuple[str, str] | None,
        function: Callable[..., Any],
        value: object,
        *arguments: object,
        own: bool,
        **keywords: object,
    ) -> object:
        """Calls one function of a pair; records what it gets and what it returns.

        What Twisted's functions return is of no interest; `own` ones are the program's.
        """
        if not names:
            result = function(value, *arguments, **keywords)
            if result is not value:
                self.last = None
            return result
        self.show(value)
        self.pairs.remove(names)
        track = track_of(value)
        self.add(Row("pair", track=track, callback=names[0], errback=names[1]))
        try:
            result = function(value, *arguments, **keywords)
        except BaseException:
            self.show(Failure())
            raise
        if isinstance(result, Deferred) and not has_result(result):
            self.add(Row("waits", track=track))
            self.last = None
        elif own or isinstance(result, Failure):
            self.show(result)
        elif result is not value:
            self.last = None
        return result

    def show(self, value: object) -> None:
        """Records the value that runs down from here, unless that is plain already."""
        if isinstance(value, Deferred):
            value = value.result
        shown = track_of(value), text_of(value)
        if shown != self.last:
            self.add(Row("value", track=shown[0], label=shown[1]))
        self.last = shown

    def add(self, row: Row) -> None:
        """Adds a row about this Deferred."""
        row.deferred = self.number
        self.recorder.rows.append(row)


class Recorder:
    """Collects the rows of a program's picture."""

    def __init__(self, file: str) -> None:
        """`file` is the program; what other files do with Deferreds is not shown."""
        self.file = file
        self.rows: list[Row] = []
        self.makers: list[str] = []
        self.all: list[Callbacks] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Has every new Deferred watched."""
        make, cancel = Deferred.__init__, Deferred.cancel

        def watched_make(
            deferred: Deferred[Any],
            canceller: Callable[[Deferred[Any]], None] | None = None,
        ) -> None:
            make(deferred, canceller)
            callbacks = Callbacks(self, len(self.all) + 1, self.maker())
            self.all.append(callbacks)
            deferred._callbacks = callbacks  # noqa: SLF001 - see the module's docstring

        def watched_cancel(deferred: Deferred[Any]) -> None:
            callbacks = deferred._callbacks  # noqa: SLF001 - as above
            if not deferred.called and isinstance(callbacks, Callbacks):
                callbacks.add(Row("cancel"))
            cancel(deferred)

        with (
            patch.object(Deferred, "__init__", watched_make),
            patch.object(Deferred, "cancel", watched_cancel),
        ):
            yield

    def pass_time(self, seconds: float) -> None:
        """Records that time passes."""
        self.rows.append(Row("time", seconds=seconds))

    def maker(self) -> str:
        """Returns the name of the program's function that makes a Deferred just now.

        At the top, and in `main`, it is the name of what makes it on their behalf.
        """
        inner = "Deferred"
        for code in callers():
            if code.co_filename == self.file:
                at_top = code.co_name in ("<module>", "main")
                return inner if at_top else code.co_name
            if code.co_filename != __file__:
                inner = outer_name(code)
        return inner

    def names_of(self, good: Call, bad: Call) -> tuple[tuple[str, str] | None, str]:
        """Returns the names of a pair, if it is to be shown, and what is adding it."""
        if good.function is defer._gotResultInlineCallbacks:  # noqa: SLF001 - await
            return self.name_of_pause(good.arguments[1]), ""
        if getattr(good.function, "__name__", "") in DETAILS:
            return None, ""
        inner = ""
        for code in callers():
            if code.co_filename == self.file:
                names = name_of(good.function, inner), name_of(bad.function, inner)
                return names, inner
            if code.co_filename == defer.__file__:
                inner = outer_name(code)
            elif code.co_filename != __file__:
                break
        return None, inner

    def name_of_pause(self, paused: object) -> tuple[str, str] | None:
        """Returns the names for a coroutine, or an old generator, that pauses now."""
        word, code = "yield", getattr(paused, "gi_code", None)
        while iscoroutine(paused):
            word, code = "await", paused.cr_code
            paused = paused.cr_await
        if code is None or code.co_filename != self.file:
            return None
        return (f"{word} in {code.co_name}",) * 2

    def end(self) -> None:
        """Adds what never happened, and leaves out what is not to be shown."""
        for callbacks in self.all:
            for callback, errback in callbacks.pairs:
                callbacks.add(Row("never", callback=callback, errback=errback))
            if callbacks.last and callbacks.last[0] == "errback":
                callbacks.add(Row("unhandled", track="errback"))
        shown = [callbacks for callbacks in self.all if callbacks.is_shown]
        numbers = {callbacks.number: n for n, callbacks in enumerate(shown, 1)}
        self.makers = [callbacks.maker for callbacks in shown]
        rows, self.rows = self.rows, []
        for row in rows:
            if not row.deferred and self.rows and not self.rows[-1].deferred:
                self.rows[-1].seconds += row.seconds
            elif not row.deferred or row.deferred in numbers:
                row.deferred = numbers.get(row.deferred, 0)
                self.rows.append(row)


def said(event: LogEvent, file: str) -> str:
    """Returns a logged event as text; of a traceback, the program's own lines."""
    text = [
        eventAsText(
            event, includeTraceback=False, includeTimestamp=False, includeSystem=False
        )
    ]
    if failure := event.get("log_failure"):
        frames = traceback.extract_tb(failure.value.__traceback__)
        text += traceback.format_list([f for f in frames if f.filename == file])
        text += traceback.format_exception_only(failure.value)
    return "".join(f"{part.rstrip()}\n" for part in text if part.strip())


def callers() -> Iterator[CodeType]:
    """Yields the code of each function that is at work, from the inside out."""
    frame = sys._getframe(1)  # noqa: SLF001 - inspect would read their sources, too
    while frame := frame.f_back:  # type: ignore[assignment]
        yield frame.f_code


def outer_name(code: CodeType) -> str:
    """Returns the name by which something is called: a class for its `__init__`."""
    return code.co_qualname.removesuffix(".__init__").rpartition(".")[2]


def name_of(function: Callable[..., Any], inner: str) -> str:
    """Returns the name of a function that `inner`, a method of Twisted's, has added."""
    if function in (defer.passthru, defer._failthru):  # noqa: SLF001 - "nothing here"
        return ""
    if inner not in ADDERS:
        return inner
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__).strip("<>")


def track_of(value: object) -> Track:
    """Returns the track on which a value runs down."""
    return "errback" if isinstance(value, Failure) else "callback"


def has_result(deferred: Deferred[Any]) -> bool:
    """Whether a Deferred that a function returns need not be waited for."""
    result = getattr(deferred, "result", deferred)
    return not (isinstance(result, Deferred) or deferred.paused)


def text_of(value: object) -> str:
    """Returns a value as a picture shows it."""
    text = repr(value)
    if isinstance(value, Failure):
        text = f"{type(value.value).__name__}: {value.getErrorMessage()}".removesuffix(
            ": "
        )
    text = re.sub(" at 0x[0-9a-fA-F]+", "", text)  # another one each time
    text = re.sub(r"<[\w.]+\.Failure [\w.]*?(\w+): [^>]*>", r"<Failure \1>", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def play(text: str) -> tuple[str, Run]:
    """Runs the program that a fence names; returns the fence's title, too."""
    found = re.fullmatch(r"title: (.+)\nprogram: (\S+)", text.strip())
    if found is None or not (ROOT / found[2]).is_file():
        raise SceneError("tracks are 'title: …' and 'program: FILE'")
    return found[1], record(ROOT / found[2])
