"""The chat for browsers as a process: its command line, its start and its end."""

import signal
from contextlib import ExitStack

import pytest

from tests.stage_process import (
    LOOPBACK,
    complaint_of,
    posix_only,
    run,
    run_at_once,
    serving,
)

SERVER = "03_chat/labs/web_chat.py"

pytestmark = pytest.mark.slow


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_quietly(number: signal.Signals) -> None:
    """With status 0 and nothing on standard error."""
    with serving(SERVER, LOOPBACK, LOOPBACK) as stage:
        stage.process.send_signal(number)
        assert stage.wait() == (0, "")


def test_what_cannot_be_used_is_one_line() -> None:
    """A busy port, nonsense in each place, and a file that cannot be made."""
    with ExitStack() as stack:
        busy = stack.enter_context(serving(SERVER, LOOPBACK)).announcement
        port = busy.removesuffix("/").rpartition(":")[2]
        taken = f"tcp:{port}:interface=127.0.0.1"
        commands = {
            taken: [taken],
            "tcp:http": [LOOPBACK, "tcp:http"],
            "nothing:1": ["nothing:1", LOOPBACK],
            "/dev/null/file": ["--history", "/dev/null/file", LOOPBACK],
        }
        results = run_at_once(*([SERVER, *words] for words in commands.values()))
    for what, result in zip(commands, results, strict=True):
        assert complaint_of(result).startswith(f"Cannot use '{what}': ")


def test_the_announcement_says_what_there_is() -> None:
    """Where browsers go, and clients if there is a way for them."""
    with serving(SERVER, LOOPBACK) as stage:
        assert stage.announcement.startswith("Chat for browsers on http://127.0.0.1:")
        assert "clients" not in stage.announcement


def test_help() -> None:
    """It shows both endpoints; a third one is an error."""
    assert b"for browsers" in run(SERVER, "--help").stdout
    assert run(SERVER, "a", "b", "c").returncode == 2
