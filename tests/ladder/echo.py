"""The ladder of stage 1: what an echo server must stand."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from tests.ladder.running import Experiment, Ladder, Outcome, Running
from tests.stage_process import reset, sent_until_stuck

CLIENTS = 200
OFFERED = 60  # MiB
MEBIBYTE = bytes(1024 * 1024)
PATIENCE = 4  # seconds without progress, after which there will be none


def comes_back(server: Running) -> Outcome:
    """Sends a line, and reads it."""
    with server.connect() as client:
        client.sendall(b"hello\n")
        return client.recv(100) == b"hello\n", ""


def second_start(server: Running) -> Outcome:
    """Starts the same program once more, on the same port."""
    status, _ = server.try_to_start(server.port)
    return status == 1, "keeps running" if status is None else f"status {status}"


def half_close(
    server: Running,
    clients: int = CLIENTS,
    request: bytes = b"hello\n",
    answer: bytes = b"hello\n",
) -> Outcome:
    """Asks and ends the sending at once, with many clients in turn."""
    lost = 0
    for _ in range(clients):
        with server.connect() as client, client.makefile("rb") as received:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                lost -= answer in received.read()
            lost += 1
    return lost == 0, f"{lost} lost"


def never_reads(server: Running) -> Outcome:
    """Sends as much as the server takes, and reads nothing."""
    before = server.memory()
    with server.connect() as client:
        taken = sent_until_stuck(client, MEBIBYTE, OFFERED, PATIENCE)
        grown = server.memory() - before
    figure = f"took {taken:.0f} MiB, grew {grown:.0f}"
    return taken < OFFERED and grown < OFFERED / 10, figure


def bad_port(server: Running) -> Outcome:
    """Starts the program on a port number that does not exist."""
    status, lines = server.try_to_start(99999)
    return status == 1 and len(lines) == 1, counted(lines)


def broken_connection(
    server: Running,
    request: bytes = b"hello\n",
    meanwhile: Callable[[Running], object] = lambda _: None,
) -> Outcome:
    """Breaks a connection off, and looks for one line about it in the log."""
    with server.connect() as client:
        client.sendall(request)
        client.recv(1000)
        meanwhile(server)
        address = f"port={client.getsockname()[1]})"
        reset(client)
    time.sleep(0.2)
    lines = [line for line in server.complaints() if address in line]
    return len(lines) == 1, counted(lines)


def counted(lines: list[str]) -> str:
    """Returns how many lines there are, in words."""
    return "1 line" if len(lines) == 1 else f"{len(lines)} lines"


STEPS = [f"01_echo/steps/echo{number}.py" for number in range(1, 5)]
LADDER = Ladder(
    steps=[*STEPS, "01_echo/echo_server.py"],
    experiments=[
        Experiment("What a client sends comes back", comes_back),
        Experiment("A second start on the same port ends, with status 1", second_start),
        Experiment(
            f"Of {CLIENTS} clients that half-close at once, none loses its answer",
            half_close,
        ),
        Experiment(
            f"{OFFERED} MiB are sent and never read: memory stays flat", never_reads
        ),
        Experiment("A port that does not exist gives one line", bad_port),
        Experiment("A broken connection gives one line in the log", broken_connection),
    ],
)
