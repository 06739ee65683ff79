"""The programs on the page about Twisted and asyncio, run as their readers do."""

import os
import signal
import socket
from contextlib import suppress

import pytest

from tests.stage_process import (
    TIME_LIMIT,
    connect,
    posix_only,
    reset,
    run,
    serving,
)

pytestmark = pytest.mark.slow

each_echo = pytest.mark.parametrize("name", ["asyncio_echo", "streams_echo"])


@each_echo
def test_asyncio_answers_a_client_that_half_closes(name: str) -> None:
    """All that a client has sent before it reads comes back, though it has ended."""
    block = os.urandom(64 * 1024)
    sent = 0
    with serving(f"docs/asyncio/{name}.py", "0") as server, connect(server) as client:
        client.settimeout(0.5)  # the server takes nothing for so long: it has stopped
        with suppress(TimeoutError):
            while True:
                sent += client.send(block[sent % len(block) :])
        client.settimeout(TIME_LIMIT)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as answers:
            received = answers.read()
    assert received == (block * (sent // len(block) + 1))[:sent]


@posix_only
@each_echo
def test_asyncio_survives_a_reset_and_stops_quietly(name: str) -> None:
    """A client that breaks off leaves no traceback, and Ctrl-C means status 0."""
    with serving(f"docs/asyncio/{name}.py", "0") as server:
        for end in (reset, half_close):
            with connect(server) as client:
                client.sendall(b"hello")
                assert client.recv(5) == b"hello"
                end(client)
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == (0, "")


def half_close(client: socket.socket) -> None:
    """Ends the client's sending, and waits for the server to hang up."""
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""


def test_each_side_awaits_the_other() -> None:
    """Twisted reads what asyncio's Task returns, and asyncio waits for a Deferred."""
    result = run("docs/asyncio/both.py")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode().splitlines() == [
        "Twisted has closed its port",
        r"asyncio has read b'hello\n'",
    ]
