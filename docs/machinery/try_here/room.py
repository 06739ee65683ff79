r"""A live room: a reader's server in memory, and clients whom the reader plays.

A page keeps a script, in the language of `diagram` fences, and sends all of it each
time, with the reader's code. `play` acts only the lines that are new, unless the code
has changed or some lines have gone: then it starts anew, which takes milliseconds.
"""

import gc
import io
import linecache
import re
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import (
    ExitStack,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from dataclasses import asdict, dataclass, field
from itertools import chain, count
from pathlib import Path
from types import FrameType
from typing import Any, Literal
from unittest.mock import patch

import twisted.internet
from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import (
    LogEvent,
    Logger,
    LogLevel,
    globalLogBeginner,
    globalLogPublisher,
)
from twisted.web import http, server

from docs.machinery import ROOT
from docs.machinery.diagrams.client import Client
from docs.machinery.diagrams.draw import A_DATE, draw
from docs.machinery.diagrams.scene import (
    PASSES,
    Event,
    Kind,
    SceneError,
    Step,
    parse_step,
)
from docs.machinery.diagrams.session import Session, numbered
from docs.machinery.diagrams.tracks import said
from docs.machinery.exercises.folder import Exercise, Program, task_at
from docs.machinery.exercises.judge import Sources, explain

EVENTS = 500  # in one action; a picture of more helps nobody
WORK = 500_000  # of Python's instructions in the course's files, in one action
WAITING = 64 * 1024  # bytes that a transport takes before it pauses its producer
LONGEST = 200  # characters of a label, of a value, or of what somebody is sent
DEPTH = 3  # attributes of attributes of the factory
PLAIN = (bool, int, float, str, bytes, type(None))
ENDS = {"disconnects", "is cut off", "half-closes"}
# What Twisted keeps on objects beside what a reader's code keeps.
TWISTEDS = {
    "children",
    "factory",
    "requests",
    "server",
    "sessions",
    "site",
    "transport",
}
DIAGRAM = re.compile(r"^```diagram\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BROWSER = [
    "Browser connects",
    r"Browser sends GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
]
log = Logger()


class EndlessError(BaseException):
    """Ends code that runs forever. No `except Exception` of the reader's catches it."""


@dataclass
class Moment:
    """An event, which lines of the reader's file ran, and what was so afterwards."""

    event: Event
    line: int = 0  # the one that wrote, or that raised an error
    lines: list[int] = field(default_factory=list)
    state: list[tuple[str, str]] = field(default_factory=list)
    error: bool = False


@dataclass
class Shown:
    """Something in a terminal: a client's, or the server's, whose name is empty."""

    who: str
    kind: Literal["typed", "did", "got", "end", "log"]
    text: str
    at: int  # how many events there were


@dataclass
class Action:
    """A line of the script, and what has come of it."""

    line: str
    moments: list[Moment] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what a screen reader says

    def outcome(self) -> list[str]:
        """Returns what people at the terminals could notice."""
        return [tell(s) for s in self.shown if s.kind in ("got", "end", "log")]


class RoomClock(MemoryReactorClock):
    """The server's reactor: it listens in memory, and knows who asked for a timer."""

    def __init__(self, room: "Room") -> None:
        """Belongs to a room."""
        super().__init__()
        self.room = room
        self.asked: dict[IDelayedCall, int] = {}

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 - its name in Twisted
        *args: object,
        **kw: object,
    ) -> IDelayedCall:
        """Remembers the line."""
        timer = super().callLater(delay, callable, *args, **kw)
        self.asked[timer] = self.room.line_now()
        return timer

    def advance(self, amount: float) -> None:
        """Makes each call that is due, and none that such a call asks for.

        One that raises an error stops no other.
        """
        self.rightNow += amount
        for timer in self.due():
            if timer.active():
                self.calls.remove(timer)
                timer.called = 1
                with self.room.guarded():
                    timer.func(*timer.args, **timer.kw)

    def due(self) -> list[Any]:
        """Returns the timers that ring now."""
        calls: list[Any] = sorted(self.calls, key=lambda timer: timer.getTime())
        return [timer for timer in calls if timer.getTime() <= self.rightNow]

    def listening(self) -> Factory[Any] | None:
        """Returns the factory of the first port on which the program listens."""
        ports = [self.tcpServers, self.sslServers, self.unixServers]
        return next((port[1] for port in chain(*ports)), None)


class RoomClient(Client):
    """A client whose terminal is shown, and whose connection holds 64 KiB."""

    session: "Room"
    full = False

    def connect(self, factory: Factory[Any]) -> None:
        """Connects; what the protocol raises on the way is logged, as in Twisted."""
        with self.session.guarded():
            super().connect(factory)

    def write(self, data: bytes) -> None:
        """Pauses a producer that has written more than fits."""
        super().write(data)
        self.press()

    def writeSequence(self, data: Any) -> None:  # noqa: ANN401 - as in the base
        """Does so, too."""
        super().writeSequence(data)
        self.press()

    def take(self, step: Step) -> None:
        """Does the client's part; one that reads again takes all that waits."""
        self.full = self.full and step.verb != "reads again"
        super().take(step)

    def press(self) -> None:
        """Tells the producer that it is too fast, once."""
        if self.producer and self.streaming and not self.full:
            self.full = self.waiting > WAITING
            if self.full:
                self.tell_producer("pause")

    @property
    def waiting(self) -> int:
        """How many bytes the server has written that are not sent."""
        return len(self.io.getbuffer())

    def turn(self) -> bool:
        """Shows what has arrived, and who hangs up; an error ends the connection."""
        was_full, self.full = self.full and self.reads, self.full and not self.reads
        try:
            happened = super().turn()
        except (Exception, SystemExit) as error:
            self.session.failed()
            with self.session.guarded():
                if self.connected:
                    self.lose(error)  # type: ignore[arg-type]  # Twisted does the same
            happened = True
        if was_full and self.producer and self.connected:
            with self.session.guarded():
                self.tell_producer("resume")
            happened = True
        if self.received:
            text = self.received.decode(errors="backslashreplace")
            self.session.show(self.name, "got", text)
            self.clear()
        return happened

    def lose(self, reason: Exception) -> None:
        """Shows that the connection ends."""
        mine = self.session.ends == self.name
        told = "The connection is closed." if mine else "The server has hung up."
        self.session.show(self.name, "end", told)
        super().lose(reason)


class Room(Session):
    """A reader's server, its clients, and all that has happened since it started."""

    clients: list[RoomClient]  # type: ignore[assignment]
    clock: RoomClock
    factory: Factory[Any]
    client_type = RoomClient

    def __init__(self, file: Path, text: str) -> None:
        """Prepares a room for a reader's version of a file."""
        super().__init__(RoomClock(self))
        self.file, self.text = file, text
        self.task = task_of(file)
        self.sources = Sources(self.task, text)
        self.watched = set(map(str, self.sources.paths.values()))
        lines = text.splitlines(keepends=True)  # for tracebacks
        linecache.cache[str(file)] = len(text), None, lines, str(file)
        self.numbers = count()
        self.actions: list[Action] = []
        self.steps = 0  # of Python's, in this action
        self.ends = ""  # the client that ends its connection in this action
        self.stopped = ""  # why the action was stopped

    def start(self) -> str:
        """Starts the server; returns why it could not be started, or nothing."""
        gc.collect(1)  # what an earlier room has left is not this server's fault
        self.actions.append(Action(""))
        with self.playing():
            try:
                self.factory = self.load()
                self.factory.doStart()  # as a listening port does
                self.settle()
            except SceneError as error:
                return f"{self.file.name} cannot be played: {error}."
            except (Exception, SystemExit) as error:
                return explain(error, self.task, self.text)
            except EndlessError:
                pass
        return self.stopped

    def load(self) -> Factory[Any]:
        """Returns what the reader's file serves: it is run, or its tests make it."""
        if isinstance(self.task, Exercise):
            found = self.sources.factory(self.clock)
        else:
            found = self.run()
        # A protocol is what a page names; a Site is better known than its channels.
        protocol = getattr(found, "protocol", None)
        is_site = isinstance(found, http.HTTPFactory)
        named = protocol if isinstance(protocol, type) and not is_site else type(found)
        self.server = named.__name__
        return found

    def run(self) -> Factory[Any]:
        """Runs a program until it listens, and returns what it serves."""
        server = program_of(self.file)
        self.sources.forget()
        code = compile(self.sources.texts[server.stem], str(server), "exec")
        with suppress(SystemExit):  # which is how `react` ends
            exec(code, {"__name__": "__main__", "__file__": str(server)})  # noqa: S102 - the reader's own
        if (found := self.clock.listening()) is None:
            raise SceneError("it never listens, so that nobody can connect")
        return found

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Has the reader's code find a reactor, a terminal and a date of the room's."""
        terminal = Terminal(self)
        with ExitStack() as stack:
            for where, name, value in [
                (http, "datetimeToString", lambda *_: A_DATE.encode()),
                (server, "datetimeToString", lambda *_: A_DATE.encode()),
                (globalLogPublisher, "_observers", [self.logged]),
                (globalLogBeginner, "beginLoggingTo", lambda *_, **__: None),
                (sys, "argv", [program_of(self.file).name]),
                (sys, "orig_argv", ["python"]),
                (time, "sleep", self.sleep),
            ]:
                stack.enter_context(patch.object(where, name, value))
            clock = patch.object(twisted.internet, "reactor", self.clock, create=True)
            stack.enter_context(clock)
            stack.enter_context(numbered(self.numbers))
            stack.enter_context(self.sources.found())
            stack.enter_context(redirect_stdout(terminal))
            stack.enter_context(redirect_stderr(terminal))
            stack.enter_context(self.tracing())
            yield
            gc.collect(1)  # an error in a Deferred that nobody keeps is logged now
        self.finish()

    # What happens.

    def perform(self, line: str) -> None:
        """Does a line of the script. Whatever is wrong with it is shown."""
        self.actions.append(Action(line))
        self.steps = 0
        try:
            step = parse_step(line)
            self.ends = step.client if step.verb in ENDS else ""
            if step.verb in PASSES:
                pass
            elif step.verb == "sends":
                text = step.data.decode(errors="backslashreplace")
                self.show(step.client, "typed", text)
            else:
                self.show(step.client, "did", step.verb)
            with self.playing():
                self.act(step, self.factory)
        except SceneError as error:
            self.actions[-1].told.append(f"{error}.")
        except EndlessError:
            pass

    def do(self, step: Step, factory: Factory[Any]) -> None:
        """Does one step, whatever the reader's code raises."""
        if step.verb == "connects" and any(
            client.name == step.client and client.connected for client in self.clients
        ):
            raise SceneError(f"{step.client} is connected already")
        with self.guarded():
            super().do(step, factory)

    def settle(self) -> None:
        """Goes on while something happens now, but not forever."""
        for _ in range(EVENTS):
            if len(self.actions[-1].moments) > EVENTS // 2:
                break
            if not self.turn():
                return
        told = "The server is still busy. It goes on after your next action."
        self.actions[-1].told = [told]

    def turn(self) -> bool:
        """Gives each connection and each timer that is due a turn."""
        happened = [client.turn() for client in self.clients]
        if due := self.clock.due():
            self.clock.advance(0)
        return any(happened) or bool(due)

    def wait(self, seconds: float) -> None:
        """Lets time pass, a second at a time, and the connections have their turns."""
        for _ in range(int(seconds)):
            self.clock.advance(1)
            self.settle()

    def sleep(self, seconds: float) -> None:
        """Stands for `time.sleep`: time passes, and nothing else happens."""
        self.clock.rightNow += seconds
        label = f"{seconds:g} s of sleep: nobody is served"
        self.add("turn", self.server, self.server, label)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Logs what the reader's code raises, as the reactor does."""
        try:
            yield
        except SceneError:
            raise
        except (Exception, SystemExit):
            self.failed()

    def failed(self) -> None:
        """Logs the error that was just caught."""
        log.failure("Unhandled Error")

    # What is noted of it.

    def add(self, kind: Kind, source: str, target: str, label: str) -> None:
        """Records an event, and which line of the reader's file makes it happen."""
        self.finish()
        moments = self.actions[-1].moments
        if len(moments) >= EVENTS:
            self.stop(f"more than {EVENTS} things happened after one action")
        label = label if len(label) <= LONGEST else f"{label[:LONGEST]}…"
        line = self.line_now() if kind == "act" else 0
        moments.append(Moment(Event(kind, source, target, label), line))

    def finish(self) -> None:
        """Notes the state in which the last event has left the server."""
        if moments := self.actions[-1].moments:
            moments[-1].state = self.state()

    def show(self, who: str, kind: Any, text: str) -> None:  # noqa: ANN401 - a word
        """Shows something in a terminal. Pieces that come together are one."""
        action = self.actions[-1]
        at = sum(len(a.moments) for a in self.actions)
        last = action.shown[-1] if action.shown else None
        if last and (last.who, last.kind) == (who, kind) == (who, "got"):
            last.text, last.at = f"{last.text}{text}"[: 10 * LONGEST], at
        else:
            action.shown.append(Shown(who, kind, text[: 10 * LONGEST], at))

    def logged(self, event: LogEvent) -> None:
        """Shows what the server logs, unless a terminal would not show it."""
        if event["log_level"] < LogLevel.warn:
            return
        text = said(event, str(self.file))
        if failure := event.get("log_failure"):
            error: BaseException = failure.value
            told = f"{type(error).__name__}: {error}".removesuffix(": ")
            self.add("note", self.server, self.server, told)
            moment = self.actions[-1].moments[-1]
            moment.error = True
            moment.line = line_of(error, str(self.file))
        self.show("", "log", text)

    # Which lines of code run.

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Has Python tell which lines of the course's files run."""
        before = sys.gettrace()
        sys.settrace(self.trace)
        try:
            yield
        finally:
            sys.settrace(before)

    def trace(self, frame: FrameType, *_: object) -> Any:  # noqa: ANN401 - as Python's
        """Looks only into the reader's file and those beside it."""
        if frame.f_code.co_filename not in self.watched:
            return None
        frame.f_trace_opcodes = True  # a loop in one line tells of no other line
        return self.trace_line

    def trace_line(self, frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401
        """Notes a line, and ends what runs forever."""
        self.steps += 1
        if self.steps > WORK:
            self.stop("your code never ends")
        if event == "line":
            moments = self.actions[-1].moments
            if moments and frame.f_code.co_filename == str(self.file):
                lines = moments[-1].lines
                if frame.f_lineno not in lines:
                    lines.append(frame.f_lineno)
        return self.trace_line

    def line_now(self) -> int:
        """Returns the line of the reader's file that is running, or 0."""
        frame: FrameType | None = sys._getframe()  # noqa: SLF001 - inspect is slow
        while frame:
            if frame.f_code.co_filename == str(self.file):
                return frame.f_lineno
            frame = frame.f_back
        return 0

    def stop(self, why: str) -> None:
        """Ends the action, whatever it is in the middle of."""
        line = self.line_now()
        place = f", in line {line}" if line else ""
        self.stopped = f"Stopped: {why}{place}. In a real server, everybody would wait."
        raise EndlessError

    # What is so.

    def state(self) -> list[tuple[str, str]]:
        """Returns names and values: the factory's, the connections', the timers'."""
        rows = [("time", f"{self.clock.seconds():g} s")]
        if hasattr(self, "factory"):
            rows += self.attributes(self.factory, "factory", DEPTH)
        for client in self.clients:
            if client.connected:
                rows.append((client.name, self.connection(client)))
                rows += self.attributes(client.protocol, client.name, 1)
        for timer in self.clock.calls:
            if name_of(timer) == "updateLogDateTime":
                continue  # of every Site, and of no interest
            left = max(0, timer.getTime() - self.clock.seconds())
            asked = self.clock.asked.get(timer)
            asked_in = f" (line {asked})" if asked else ""
            rows.append(("timer", f"{name_of(timer)} in {left:g} s{asked_in}"))
        return rows

    @staticmethod
    def connection(client: RoomClient) -> str:
        """Returns what a connection is doing."""
        told = []
        if client.waiting:
            told.append(f"{client.waiting:,} bytes to be sent")
        if client.arriving:
            told.append(f"{len(client.arriving)} pieces to be read")
        if client.producerState == "paused":
            told.append("the server does not read")
        if not client.reads:
            told.append("the client does not read")
        if client.disconnecting:
            told.append("closing")
        return ", ".join(told) or "connected, nothing waits"

    def attributes(self, owner: object, name: str, depth: int) -> list[tuple[str, str]]:
        """Returns what the reader's code, and not Twisted, keeps on an object."""
        rows = []
        for key, value in values_of(owner):
            if self.is_own(value) and depth:
                rows += self.attributes(value, f"{name}.{key}", depth - 1)
            elif told := self.tell(value):
                rows.append((f"{name}.{key}", told))
        return rows

    def tell(self, value: object) -> str:
        """Returns a value as it is shown, or nothing if it would tell nobody much."""
        for client in self.clients:
            if value is getattr(client, "protocol", None):
                return client.name
        if isinstance(value, dict):
            parts = [f"{self.tell(k)}: {self.tell(v)}" for k, v in value.items()]
            return shorten(f"{{{', '.join(parts)}}}")
        if isinstance(value, (list, tuple, set, frozenset, deque)):
            start, end = "{}" if isinstance(value, (set, frozenset)) else "[]"
            return shorten(f"{start}{', '.join(map(self.tell, value))}{end}")
        if isinstance(value, PLAIN):
            return shorten(repr(value))
        known = self.is_own(value) or isinstance(value, (DelayedCall, LoopingCall))
        return type(value).__name__ if known else ""

    def is_own(self, value: object) -> bool:
        """Whether an object's class is in one of the course's files."""
        module = type(value).__module__
        return module == "__main__" or module in self.sources.paths


class Terminal(io.TextIOBase):
    """The server's terminal: what the program prints."""

    def __init__(self, room: Room) -> None:
        """Belongs to a room."""
        super().__init__()
        self.room = room

    def write(self, text: str) -> int:
        """Shows a text, as a part of what is there."""
        if text.strip():
            self.room.show("", "log", text)
        return len(text)


# What a page asks for.

rooms: dict[str, Room] = {}  # the last one that was played in, as `now`


def play(path: str, text: str, script: list[str] | None = None) -> dict[str, Any]:
    """Returns what has come of a script, played with a reader's version of a file.

    Without a script, it is that with which the room opens. `kept` says how many of the
    actions are what they were in the last answer; the others follow.
    """
    file, old = ROOT / path, rooms.pop("now", None)
    room, kept = old, len(old.actions) if old else 0
    same = old and (old.file, old.text) == (file, text) and script is not None
    if not room or not same or old_script(room) != (script or [])[: kept - 1]:
        room, kept = Room(file, text), 0
        if trouble := room.start():
            if old:
                rooms["now"] = old  # what the next version is compared with
            return {"trouble": trouble, "script": script or []}
    if script is None:
        script = opening(room)
    for line in script[len(room.actions) - 1 :]:
        room.perform(line)
        if room.stopped:
            good = play(path, text, old_script(room)[:-1])
            return good | {"stopped": room.stopped}
    rooms["now"] = room
    names = dict.fromkeys(client.name for client in room.clients)
    there = {client.name: client for client in room.clients}
    return {
        "kept": kept,
        "script": script,
        "actions": [asdict(action) for action in room.actions[kept:]],
        "clients": [
            {"name": n, "connected": there[n].connected, "reads": there[n].reads}
            for n in names
        ],
        "http": isinstance(room.factory, http.HTTPFactory),
        "server": room.server,
        "changed": changes(old, room) if old and old.file == file else [],
        "diagram": figure(None),
    }


def figure(events: int | None) -> str:
    """Returns the picture of what has happened up to an event, or of all of it."""
    room = rooms["now"]
    moments = [m.event for action in room.actions for m in action.moments][:events]
    parties = list(dict.fromkeys(client.name for client in room.clients))
    if not parties:
        return ""
    parties.insert((len(parties) + 1) // 2, room.server)
    title = f"What happens in {room.file.name}"
    return draw(moments, parties, room.server, title, f"room-{room.file.stem}")


def old_script(room: Room) -> list[str]:
    """Returns the lines that were played in a room."""
    return [action.line for action in room.actions[1:]]


def changes(old: Room, new: Room) -> list[dict[str, Any]]:
    """Returns the actions of which something else comes than before."""
    if old.text == new.text:
        return []
    return [
        {"line": a.line, "before": a.outcome(), "after": b.outcome()}
        for a, b in zip(old.actions, new.actions, strict=False)
        if a.line == b.line and a.outcome() != b.outcome()
    ]


def opening(room: Room) -> list[str]:
    """Returns the script with which a room opens: an exercise's picture, or a start."""
    if isinstance(room.task, Exercise):
        if not (found := DIAGRAM.search(room.task.readme["task"])):
            return []
        _, *scripts = found[1].split("\n---\n")
        return [line for part in scripts for line in part.strip().splitlines()]
    if isinstance(room.factory, http.HTTPFactory):
        return BROWSER
    return ["Alice connects", "Bob connects", r"Alice sends hello\n"]


def task_of(file: Path) -> Exercise | Program:
    """Returns the task of a file; a step of a ladder has no tests."""
    return Program(file, file) if file.parent.name == "steps" else task_at(file)


def program_of(file: Path) -> Path:
    """Returns what is run when a file is tried: a stage's server, or the file."""
    if file.parent.name == "steps":
        return file
    return next(file.parent.glob("*_server.py"), file)


def tell(shown: Shown) -> str:
    """Returns what is shown in a terminal as a sentence."""
    match shown.kind:
        case "got":
            return f"{shown.who} receives {shorten(shown.text.strip())}"
        case "end":
            return f"{shown.who}: {shown.text}"
        case "log":
            return f"The server's terminal: {shorten(shown.text.strip())}"
    return ""


def shorten(text: str) -> str:
    """Returns the beginning of a long text."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def values_of(owner: object) -> Iterator[tuple[str, Any]]:
    """Yields what is kept on an object under names that are not Twisted's."""
    kinds = type(owner).__mro__
    of_twisted = set(TWISTEDS).union(
        *(vars(kind) for kind in kinds if kind.__module__.startswith("twisted."))
    )
    hidden = any(kind.__module__.startswith("twisted.") for kind in kinds)
    slots = chain(*(vars(kind).get("__slots__", ()) for kind in kinds))
    for name in [*vars(owner), *slots] if hasattr(owner, "__dict__") else slots:
        if not name.isidentifier() or name in of_twisted:
            continue
        if not (hidden and name.startswith("_")):
            yield name, getattr(owner, name, None)


def name_of(timer: Any) -> str:  # noqa: ANN401 - what a timer calls may be anything
    """Returns the name of the function that a timer calls."""
    function = timer.func
    while hasattr(function, "func"):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__)).strip("<>_")


def line_of(error: BaseException, file: str) -> int:
    """Returns the line of a file in which an error was raised, or 0."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename == file and f.lineno]
    return lines[-1] if lines else 0
