"""The live room without a browser: a script is played with a reader's code."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from docs.machinery.exercises.folder import exercises_of
from docs.machinery.try_here.room import figure, play, rooms
from tests import ROOT, STAGES

ECHO = "01_echo/steps/echo2.py"
CHAT = "03_chat/steps/chat2.py"
WRITES = "        self.transport.write(data)"
HELLO = ["Alice connects", "Bob connects", r"Alice sends hello\n"]
STEPS = [p for stage in STAGES for p in sorted(stage.glob("steps/*.py"))]
SERVERS = [
    p.relative_to(ROOT).as_posix()
    for p in [*STEPS, *(p for stage in STAGES for p in stage.glob("*_server.py"))]
    if not p.stem.startswith("reactor")  # these have sockets, and no reactor
]
EXERCISES = [
    e
    for stage in STAGES
    for e in exercises_of(stage)
    if "```diagram" in e.readme["task"]
]


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    """Each test begins and ends without a room."""
    rooms.clear()
    yield
    rooms.clear()


def source(path: str, old: str = "", new: str = "") -> str:
    """Returns a file's text, edited in one place."""
    text = (ROOT / path).read_text("utf-8")
    assert text.count(old) == 1 or not old
    return text.replace(old, new) if old else text


def echo(body: str, script: list[str] | None = None) -> dict[str, Any]:
    """Plays an echo whose dataReceived has another body."""
    return play(ECHO, source(ECHO, WRITES, body), HELLO if script is None else script)


def heard(answer: dict[str, Any], who: str, kind: str = "got") -> str:
    """Returns all that somebody is shown of a kind; the server has no name."""
    shown = (s for action in answer["actions"] for s in action["shown"])
    return "".join(s["text"] for s in shown if (s["who"], s["kind"]) == (who, kind))


def moments(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns all that has happened."""
    return [moment for action in answer["actions"] for moment in action["moments"]]


@pytest.mark.parametrize("path", SERVERS)
def test_every_server_can_be_played(path: str) -> None:
    """It opens without trouble, and somebody is connected."""
    answer = play(path, source(path))
    assert "trouble" not in answer
    assert any(client["connected"] for client in answer["clients"])
    assert "<figure" in answer["diagram"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.folder.name)
def test_every_exercise_with_a_picture_can_be_played(exercise: Any) -> None:  # noqa: ANN401
    """Its solution plays all of the picture's script, and no line is in vain."""
    path = exercise.file.relative_to(ROOT).as_posix()
    answer = play(path, exercise.solution.read_text("utf-8"))
    assert answer["script"]
    assert [action["told"] for action in answer["actions"]] == [[]] * (
        len(answer["script"]) + 1
    )


def test_a_line_reaches_the_right_clients() -> None:
    """An echo answers the sender; a chat tells everyone."""
    answer = play(ECHO, source(ECHO), HELLO)
    assert (heard(answer, "Alice"), heard(answer, "Bob")) == ("hello\n", "")
    assert heard(answer, "", "log") == "Listening on 127.0.0.1:1234"
    answer = play(CHAT, source(CHAT), HELLO)
    assert "<guest1> hello\n" in heard(answer, "Bob")


def test_an_edited_module_of_a_stage_is_played_by_its_server() -> None:
    """What a reader makes of chat_commands.py is what chat_server.py imports."""
    path = "03_chat/chat_commands.py"
    text = source(path, 'f"* You are {client.nick}"', 'f"* Hello, {client.nick}"')
    assert "* Hello, guest1\n" in heard(play(path, text, HELLO), "Alice")


def test_an_event_knows_the_lines_that_ran() -> None:
    """A call knows all that ran on its behalf, and a write its own line."""
    call, write = moments(play(ECHO, source(ECHO), HELLO))[-2:]
    [line] = [
        number
        for number, text in enumerate(source(ECHO).splitlines(), 1)
        if text == WRITES
    ]
    assert call["event"]["label"] == r"dataReceived(b'hello\n')"
    assert (call["lines"], write["line"]) == ([line], line)


def test_an_event_knows_what_was_so_after_it() -> None:
    """The state names clients, and tells who is gone."""
    answer = play(
        CHAT, source(CHAT), [*HELLO, "Bob disconnects", "Alice stops reading"]
    )
    states = [dict(moment["state"]) for moment in moments(answer)]
    assert "{Alice, Bob}" in [state.get("factory.clients") for state in states]
    assert states[-1]["factory.clients"] == "{Alice}"
    assert states[-1]["Alice.nick"] == "'guest1'"
    assert states[-1]["Alice"] == "the client does not read"
    answer = play(
        CHAT, source(CHAT), [*answer["script"], r"Alice sends x\n", "1 second passes"]
    )
    [*_, last] = moments(answer)
    assert dict(last["state"])["Alice"].startswith("11 bytes to be sent")


def test_a_counter_shows_its_count_and_its_timers() -> None:
    """What the reader's Resource counts is shown, and who waits for a minute."""
    path = "02_http_counter/counter_server.py"
    answer = play(path, source(path))
    state = dict(moments(answer)[-1]["state"])
    assert answer["http"]
    assert state["factory.resource.count"] == "1"
    assert state["timer"].startswith("timedOut in 60 s")
    answer = play(path, source(path), [*answer["script"], "60 seconds pass"])
    assert answer["clients"] == [{"name": "Browser", "connected": False, "reads": True}]


def test_only_what_is_new_is_played() -> None:
    """Lines that were played already stay as they are."""
    play(ECHO, source(ECHO), HELLO)
    answer = play(ECHO, source(ECHO), [*HELLO, r"Bob sends hi\n"])
    assert answer["kept"] == 4
    assert [action["line"] for action in answer["actions"]] == [r"Bob sends hi\n"]


def test_going_back_takes_away_what_came_later() -> None:
    """Another action after the first one starts anew from there."""
    play(CHAT, source(CHAT), HELLO)
    answer = play(CHAT, source(CHAT), ["Alice connects", r"Alice sends alone\n"])
    assert answer["kept"] == 0
    assert "<guest1> alone\n" in heard(answer, "Alice")
    assert [client["name"] for client in answer["clients"]] == ["Alice"]


def test_a_picture_may_end_early() -> None:
    """The slider shows a part of it."""
    answer = play(ECHO, source(ECHO), HELLO)
    assert "transport.write" in answer["diagram"]
    assert "transport.write" not in figure(3)


def test_a_change_of_the_code_tells_what_is_different() -> None:
    """The same actions are played anew, also after a version that cannot be loaded."""
    play(ECHO, source(ECHO), HELLO)
    assert "line 11: self.tran" in echo("        self.tran sport")["trouble"]
    assert echo("        self.transport.write(data.upper())")["changed"] == [
        {
            "line": r"Alice sends hello\n",
            "before": ["Alice receives hello"],
            "after": ["Alice receives HELLO"],
        }
    ]


@pytest.mark.parametrize("body", ["1 / 0", "import sys; sys.exit(3)"])
def test_an_error_is_logged_and_ends_the_connection(body: str) -> None:
    """As in the server's terminal, with the reader's own line; others stay."""
    answer = echo(f"        {body}", [*HELLO, r"Bob connects"])
    logged = heard(answer, "", "log")
    assert "Unhandled Error\n" in logged
    assert f"line 11, in dataReceived\n    {body}\n" in logged
    assert [c["connected"] for c in answer["clients"]] == [False, True]
    [error] = [m for m in moments(answer) if m["error"]]
    assert error["line"] == 11


def test_an_error_of_a_timer_or_a_deferred_is_logged() -> None:
    """Nobody is dropped for it."""
    body = """
        from twisted.internet import reactor
        from twisted.internet.defer import fail
        reactor.callLater(1, self.nope)
        fail(ValueError("lost"))""".lstrip("\n")
    text = source(ECHO, WRITES, f"{body}\n\n    def nope(self):\n        1 / 0")
    answer = play(ECHO, text, [*HELLO, "1 second passes"])
    logged = heard(answer, "", "log")
    assert "Unhandled error in Deferred" in logged
    assert "ValueError: lost" in logged
    assert "ZeroDivisionError" in logged
    assert [c["connected"] for c in answer["clients"]] == [True, True]


@pytest.mark.parametrize(
    "loop",
    [
        "while True:\n            pass",
        "while True: pass",
        "while True:\n            try: 1 / 0\n            except Exception: pass",
        "while True:\n            self.transport.write(data)",
        "task.deferLater(task.Clock(), 0, print).addErrback(forever).cancel()",
    ],
)
def test_a_loop_is_stopped_and_the_room_is_as_before(loop: str) -> None:
    """The action is taken back, and the next one is played."""
    forever = "\n\ndef forever(failure):\n    while True:\n        pass\n"
    text = source(ECHO, WRITES, f"        {loop}{forever}")
    answer = play(ECHO, text, HELLO)
    assert answer["stopped"].startswith("Stopped: ")
    assert ", in line 1" in answer["stopped"]
    assert answer["script"] == HELLO[:2]
    answer = echo(f"        {loop}", [*HELLO[:2], "Bob disconnects"])
    assert "stopped" not in answer


def test_a_server_that_never_starts_says_why() -> None:
    """A loop, an error, or a program that listens nowhere is no room."""
    for text, why in [
        ("while True: pass", "never ends"),
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "it never listens"),
        ("import sys\nsys.exit(1)", "it never listens"),
    ]:
        assert why in play(ECHO, text, HELLO)["trouble"]


def test_a_server_that_never_rests_is_left_for_a_while() -> None:
    """It goes on with the next action, and the page lives."""
    again = """
        from twisted.internet import reactor
        reactor.callLater(0, self.dataReceived, data)""".lstrip("\n")
    answer = echo(again)
    assert answer["actions"][-1]["told"][0].startswith("The server is still busy.")


def test_a_producer_that_never_ends_is_paused_by_its_transport() -> None:
    """More than 64 KiB wait, so it is told to pause; and they are sent."""
    body = """
        self.transport.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self):
        self.running = True
        while self.running:
            self.transport.write(b"x" * 8192)

    def pauseProducing(self):
        self.running = False

    def stopProducing(self):
        pass""".lstrip("\n")
    answer = echo(body, ["Alice connects", "Alice stops reading", "Alice sends x"])
    assert (answer.get("stopped"), answer["actions"][-1]["told"]) == (None, [])
    state = dict(moments(answer)[-1]["state"])
    assert state["Alice"] == "73,728 bytes to be sent, the client does not read"
    answer = echo(body, ["Alice connects", "Alice sends x"])
    assert answer.get("stopped") is None
    assert answer["actions"][-1]["told"][0].startswith("The server is still busy.")


def test_a_sleep_lets_time_pass_and_serves_nobody() -> None:
    """No time really passes, and the picture says that everybody waits."""
    answer = echo(f"        import time\n        time.sleep(2)\n{WRITES}")
    labels = [moment["event"]["label"] for moment in moments(answer)]
    assert "2 s of sleep: nobody is served" in labels
    assert dict(moments(answer)[-1]["state"])["time"] == "2 s"


def test_a_line_that_cannot_be_played_is_told_and_skipped() -> None:
    """Links and changed servers bring them."""
    script = [
        "Alice connects",
        "Alice jumps",
        "Bob sends x",
        "Al sends \\",
        "x seconds pass",
    ]
    answer = play(ECHO, source(ECHO), [*script, r"Alice sends hi\n"])
    assert all(action["told"] for action in answer["actions"][2:6])
    assert heard(answer, "Alice") == "hi\n"


def test_the_same_is_the_same_each_time() -> None:
    """Ten rooms with the same script have the same events, texts and states."""
    path = "03_chat/chat_server.py"
    script = [f"{name} connects" for name in ("Alice", "Bob", "Carol", "Dave")]
    script += [r"Alice sends /msg #lobby hi\n", "Bob disconnects", "1 second passes"]
    answers = set()
    for _ in range(10):
        rooms.clear()
        answers.add(str(play(path, source(path), script)))
    assert len(answers) == 1
    path = "02_http_counter/counter_server.py"
    assert "Date: Sun, 06 Nov 1994" in heard(play(path, source(path)), "Browser")


def test_a_room_leaves_nothing_in_python() -> None:
    """No module, finder or hook of a room stays."""
    before = sys.meta_path[:], sys.gettrace(), time.sleep, sys.argv
    play(CHAT, source(CHAT), HELLO)
    assert (sys.meta_path, sys.gettrace(), time.sleep, sys.argv) == before
