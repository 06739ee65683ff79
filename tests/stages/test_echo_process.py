"""The echo scripts as processes: the tests that only this stage needs."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from select import select

import pytest

from tests.stage_process import (
    LOOPBACK,
    TIME_LIMIT,
    Stage,
    connect,
    on_each_console,
    posix_only,
    resident,
    run,
    serving,
    talking,
)

SERVER = "01_echo/echo_server.py"
CLIENT = "01_echo/echo_client.py"
MEBIBYTE = 1024 * 1024

each_client = on_each_console(CLIENT)


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    """An echo server on a free port of this machine, one for all tests."""
    with serving(SERVER, LOOPBACK) as stage:
        yield stage


def ask(client: socket.socket, message: bytes) -> bytes:
    """Sends `message` and returns as many bytes as it has."""
    client.sendall(message)
    with client.makefile("rb", buffering=0) as answers:
        return answers.read(len(message)) or b""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("script", "endpoint"),
    [
        (SERVER, LOOPBACK),
        pytest.param("docs/asyncio/asyncio_echo.py", "0", marks=pytest.mark.slow),
        pytest.param("docs/asyncio/streams_echo.py", "0", marks=pytest.mark.slow),
    ],
)
def test_a_peer_that_never_reads_cannot_fill_the_memory(
    script: str, endpoint: str
) -> None:
    """300 MiB offered and never read: the server grows little, and serves others."""
    with (
        serving(script, endpoint) as server,
        connect(server) as other,
        connect(server) as flood,
    ):
        assert ask(other, b"warm up") == b"warm up"
        before = resident(server)
        flood.settimeout(1)  # the server takes nothing for so long: it has stopped
        sent = 0
        try:
            while sent < 300 * MEBIBYTE:
                sent += flood.send(bytes(64 * 1024))
        except TimeoutError:
            pass
        assert resident(server) - before < 20 * MEBIBYTE
        assert ask(other, b"still here") == b"still here"


@each_client
def test_the_client_echoes_a_pipe_and_ends(client: tuple[str], server: Stage) -> None:
    """1.3 MB through a pipe come out whole, then the client ends with status 0."""
    message = os.urandom(1_300_000)
    result = run(*client, server.target, given=message)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == message


@each_client
def test_the_client_answers_line_by_line(client: tuple[str], server: Stage) -> None:
    """Each line comes back while the input is still open, as at a terminal."""
    with talking(*client, server.target) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in [b"hello\n", "zażółć ✓\n".encode()]:
            process.stdin.write(line)
            assert process.stdout.read(len(line)) == line


@posix_only
@each_client
def test_the_client_reads_no_more_than_it_can_send(client: tuple[str]) -> None:
    """A server that never reads stops the input, not only the output."""
    with socket.create_server(("127.0.0.1", 0)) as never_accepts:
        port = never_accepts.getsockname()[1]
        with talking(*client, f"tcp:127.0.0.1:{port}") as process:
            assert process.stdin is not None
            os.set_blocking(process.stdin.fileno(), False)
            taken = 0
            # Nothing taken for a second: it has stopped (or not yet begun).
            while taken < 60 * MEBIBYTE and select([], [process.stdin], [], 1)[1]:
                taken += process.stdin.write(bytes(64 * 1024))
            assert MEBIBYTE / 16 <= taken < 20 * MEBIBYTE


@each_client
def test_the_client_reports_that_the_server_is_gone(client: tuple[str]) -> None:
    """A server that hangs up while there is still input: one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with talking(*client, f"tcp:127.0.0.1:{port}") as process:
            listening.accept()[0].close()
            assert process.wait(TIME_LIMIT) == 1
            assert process.stderr is not None
            [line] = process.stderr.read().splitlines()
            assert b"The server hung up" in line


@each_client
def test_the_client_says_what_does_not_come_back(client: tuple[str]) -> None:
    """A server that has less to say than an echo: one line, and no error."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with talking(*client, f"tcp:127.0.0.1:{port}") as process:
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(b"hello")
            process.stdin.close()
            with listening.accept()[0] as connection:
                with connection.makefile("rb") as received:
                    assert received.read() == b"hello"  # and the client's half-close
                connection.sendall(b"hell")
            assert process.wait(TIME_LIMIT) == 0
            [line] = process.stderr.read().splitlines()
            assert line == b"Sent 5 bytes, received 4"


@each_client
def test_the_client_leaves_with_its_reader(client: tuple[str], server: Stage) -> None:
    """With nobody left to read its output, as after `| head -1`, it ends quietly."""
    with talking(*client, server.target) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"hello\n")
        assert process.stdout.read(6) == b"hello\n"
        process.stdout.close()
        process.stdin.write(b"more\n")
        assert process.wait(TIME_LIMIT) == 0
        assert process.stderr.read() == b""


@posix_only
@each_client
def test_the_client_stops_quietly(client: tuple[str], server: Stage) -> None:
    """Ctrl-C in the middle of a conversation: no output, status 0."""
    with talking(*client, server.target) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"hello\n")
        assert process.stdout.read(6) == b"hello\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(TIME_LIMIT) == 0
        assert process.stderr.read() == b""
