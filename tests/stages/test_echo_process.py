"""The echo scripts as processes: the tests that only this stage needs."""

import os
import socket
import sys
from select import select

import pytest

from tests.stage_process import (
    CONSOLES,
    LOOPBACK,
    MEBIBYTE,
    TIME_LIMIT,
    Script,
    connect,
    on_consoles,
    posix_only,
    resident,
    sent_until_stuck,
    serving,
)

SERVER = "01_echo/echo_server.py"
CLIENT = "01_echo/echo_client.py"


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
        sent_until_stuck(flood, bytes(64 * 1024), most=300)
        assert resident(server) - before < 20 * MEBIBYTE
        assert ask(other, b"still here") == b"still here"


@posix_only
@pytest.mark.parametrize("client", on_consoles(CLIENT), ids=CONSOLES)
def test_the_client_reads_no_more_than_it_can_send(client: tuple[str]) -> None:
    """A server that never reads stops the input, not only the output."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with Script(*client, f"tcp:127.0.0.1:{port}") as process, listening.accept()[0]:
            os.set_blocking(process.stdin.fileno(), False)
            taken = 0
            # Nothing taken for half a second: it has stopped (or not yet begun).
            while taken < 60 * MEBIBYTE and select([], [process.stdin], [], 0.5)[1]:
                taken += process.stdin.write(bytes(64 * 1024))
            assert MEBIBYTE / 16 <= taken < 20 * MEBIBYTE
