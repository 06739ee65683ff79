"""The ladder of "Inside the reactor": the echo's experiments, and three more."""

import os
import socket
from contextlib import suppress
from threading import Thread

from tests.ladder.echo import (
    CLIENTS,
    MEBIBYTE,
    OFFERED,
    broken_connection,
    comes_back,
    half_close,
    never_reads,
    second_start,
)
from tests.ladder.running import Experiment, Ladder, Outcome, Running
from tests.stage_process import TIME_LIMIT, sent_until_stuck

NOISE = 4  # MiB
PATIENCE = 1  # seconds that somebody waits for a line
PIECE = bytes(64 * 1024)


def large_message(server: Running) -> Outcome:
    """Sends random bytes, reads meanwhile, and compares."""
    message = os.urandom(NOISE * len(MEBIBYTE))
    with server.connect() as client:
        sending = Thread(target=send_all, args=[client, message])
        sending.start()
        received = read_to_the_end(client)
        sending.join()
    return received == message, ""


def silent_client(server: Running) -> Outcome:
    """Sends a line while another client is connected and says nothing."""
    with server.connect() as other, server.connect() as client:
        outcome = is_served(client)
        leave(other)
        leave(client)
    return outcome


def others_wait(server: Running) -> Outcome:
    """Sends a line while another client sends what it can and reads nothing."""
    with server.connect() as other:
        sent_until_stuck(other, PIECE, OFFERED, PATIENCE)
        with server.connect() as client:
            outcome = is_served(client)
            leave(other)
            leave(client)
    return outcome


def breaks_off(server: Running) -> Outcome:
    """Breaks a connection off as the echo's experiment does, if anybody is there."""
    try:
        return broken_connection(server)
    except ConnectionError:
        return False, "server ends"


def is_served(client: socket.socket) -> Outcome:
    """Sends a line, and returns whether it comes back soon."""
    client.settimeout(PATIENCE)
    client.sendall(b"hello\n")
    with suppress(TimeoutError):
        return client.recv(100) == b"hello\n", "at once"
    return False, f"not in {PATIENCE} s"


def leave(client: socket.socket) -> None:
    """Ends a client in good order, so that the server is as it was before."""
    client.shutdown(socket.SHUT_WR)
    read_to_the_end(client)


def send_all(client: socket.socket, message: bytes) -> None:
    """Sends a message, and ends the sending."""
    client.sendall(message)
    client.shutdown(socket.SHUT_WR)


def read_to_the_end(client: socket.socket) -> bytes:
    """Returns all that the server sends until it hangs up."""
    client.settimeout(TIME_LIMIT)
    pieces = []
    while piece := client.recv(len(MEBIBYTE)):
        pieces.append(piece)
    return b"".join(pieces)


LADDER = Ladder(
    steps=[
        "01_echo/steps/reactor1.py",
        "01_echo/steps/reactor2.py",
        "01_echo/labs/tiny_reactor.py",
    ],
    experiments=[
        Experiment("What a client sends comes back", comes_back),
        Experiment("A second start on the same port ends, with status 1", second_start),
        Experiment(
            f"Of {CLIENTS} clients that half-close at once, none loses its answer",
            half_close,
        ),
        Experiment(f"{NOISE} MiB of random bytes come back unchanged", large_message),
        Experiment("A client is served while another one is silent", silent_client),
        Experiment("A client is served while another one never reads", others_wait),
        Experiment(
            f"{OFFERED} MiB are sent and never read: memory stays flat", never_reads
        ),
        Experiment("A broken connection gives one line in the log", breaks_off),
    ],
)
