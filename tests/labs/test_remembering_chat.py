"""The chat server that remembers, as a process, and with a file."""

import socket
import sqlite3
import time
from contextlib import ExitStack, closing, suppress
from itertools import count
from pathlib import Path
from select import select
from threading import Event, Thread

import pytest
from chat_commands import COMMANDS

from tests.labs.person import Person
from tests.labs.test_shared_chat import logged, stop
from tests.stage_process import (
    LOOPBACK,
    Stage,
    complaint_of,
    connect,
    posix_only,
    run_at_once,
    serving,
)

SERVER = "03_chat/labs/remembering_chat.py"
LIMIT = 10  # seconds to wait for a file

pytestmark = [posix_only, pytest.mark.slow]


def newcomer(stage: Stage) -> list[str]:
    """Returns the history of #lobby, up to what a newcomer says itself."""
    with ExitStack() as stack:
        person = Person(stage, stack)
        person.say("/nick")
        return list(iter(person.read, f"error: say {COMMANDS}"))


class Crowd:
    """One client that talks as fast as it can, in #lobby and in many other channels."""

    def __init__(self, talk: socket.socket) -> None:
        """Begins to talk, and to note when it reads which line of its own."""
        self.talk = talk
        self.read: list[tuple[float, int]] = []
        self.enough = Event()
        self.threads = [Thread(target=self.listens), Thread(target=self.talks)]
        for thread in self.threads:
            thread.start()

    def listens(self) -> None:
        """Notes the lines of #lobby."""
        with suppress(OSError), self.talk.makefile(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("#lobby"):
                    self.read.append((time.monotonic(), int(line.split()[-1])))
                    if self.read[-1][0] - self.read[0][0] > 1.2:
                        self.enough.set()

    def talks(self) -> None:
        """Says numbers in #lobby, and something in other channels."""
        with suppress(OSError):
            for number in count():
                other = f"#{number % 1000}"
                lines = f"/join {other}\n/msg {other} {'x' * 400}\n/leave {other}\n"
                self.talk.sendall(f"{lines}/msg #lobby {number}\n".encode())


def test_what_was_shown_a_second_ago_survives_a_kill(tmp_path: Path) -> None:
    """Under load, too: the last lines are there, in order, without a gap."""
    file = str(tmp_path / "chat.db")
    with serving(SERVER, file, LOOPBACK) as stage, connect(stage) as talk:
        crowd = Crowd(talk)
        assert crowd.enough.wait(LIMIT)
        stage.process.kill()
        killed = time.monotonic()
        for thread in crowd.threads:
            thread.join()
    shown = [number for when, number in crowd.read if when < killed - 1]
    with serving(SERVER, file, LOOPBACK) as stage:
        kept = [int(line.split()[-1]) for line in newcomer(stage)]
    assert kept == list(range(kept[0], kept[0] + 20))
    assert kept[-1] >= shown[-1]


def test_a_locked_file_costs_nobody_a_line(tmp_path: Path) -> None:
    """People talk on, and what could not be saved is saved at the end."""
    file = str(tmp_path / "chat.db")
    with ExitStack() as stack:
        stage = stack.enter_context(serving(SERVER, file, LOOPBACK))
        sql = stack.enter_context(closing(sqlite3.connect(file)))
        sql.execute("BEGIN EXCLUSIVE")
        ann = Person(stage, stack)
        for number in range(10):
            ann.say(f"/msg #lobby {number}")
            assert ann.read() == f"#lobby <guest1> {number}"
        assert stage.process.stderr is not None
        assert not select([stage.process.stderr], [], [], 0)[0]  # all before it failed
        assert logged(stage) == "cannot save the history: database is locked"
        sql.rollback()
        assert stop(stage) == (0, "the history is saved again\n")
        [[lines]] = sql.execute("SELECT lines FROM history")
    assert [line[-1] for line in lines.split("\n")] == list("0123456789")


def test_what_cannot_be_served_is_one_line(tmp_path: Path) -> None:
    """A busy port, and a file that is no database, end with status 1 and say why."""
    good, bad = tmp_path / "chat.db", tmp_path / "notes.txt"
    bad.write_text("These are words, and no database.\n" * 100)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
        results = run_at_once((SERVER, str(good), busy), (SERVER, str(bad), LOOPBACK))
    starts = [
        f"Cannot serve '{busy}' with '{good}': Couldn't listen on ",
        f"Cannot serve '{LOOPBACK}' with '{bad}': file is not a database",
    ]
    for result, start in zip(results, starts, strict=True):
        assert complaint_of(result).startswith(start)
