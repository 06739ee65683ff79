"""The request counter on real sockets: many clients, and clients that misbehave."""

import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.stage_process import (
    LOOPBACK,
    MEBIBYTE,
    TIME_LIMIT,
    Script,
    Stage,
    connect,
    posix_only,
    resident,
    run,
    sent_until_stuck,
    serving,
)

SERVER = "02_http_counter/counter_server.py"
CLIENT = "02_http_counter/counter_client.py"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SHORT_GET = b"GET / HTTP/1.1\r\nHost:\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    """A request counter on a free port of this machine, for tests that can share it."""
    with serving(SERVER, LOOPBACK) as stage:
        yield stage


def peak(stage: Stage) -> int:
    """Returns the most bytes of memory that a server has held so far (Linux)."""
    status = Path(f"/proc/{stage.process.pid}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def decrypted(
    client: ssl.SSLObject, incoming: ssl.MemoryBIO, raw: socket.socket
) -> bytes:
    """Returns all that a TLS connection still brings, up to the server's goodbye."""
    answer = b""
    while True:
        try:
            piece = client.read(64 * 1024)
        except ssl.SSLWantReadError:
            incoming.write(raw.recv(64 * 1024) or b"no goodbye")  # an error, next time
        else:
            if not piece:
                return answer
            answer += piece


def numbers(text: bytes) -> list[int]:
    """Returns the numbers of the answers in `text`, in order."""
    return [int(number) for number in re.findall(rb"I am request #(\d+)\n", text)]


def test_five_hundred_clients_at_once_get_five_hundred_numbers(server: Stage) -> None:
    """The client asks 500 times at once, and each number comes exactly once."""
    result = run(CLIENT, server.target, "--times", "500")
    assert (result.returncode, result.stderr) == (0, b"")
    answers = result.stdout.replace(b"\r\n", b"\n")
    first, *rest = sorted(numbers(answers))
    assert rest == list(range(first + 1, first + 500))
    assert answers.endswith(b"500 answers, 500 different ones\n")


def test_clients_that_half_close_get_their_answers(server: Stage) -> None:
    """Each of 100 clients that ask and end their sending at once is answered."""
    answers = b""
    for _ in range(100):
        with connect(server) as client, client.makefile("rb") as answer:
            client.sendall(GET)
            client.shutdown(socket.SHUT_WR)
            answers += answer.read()
    first, *rest = numbers(answers)
    assert rest == list(range(first + 1, first + 100))


def test_the_client_leaves_with_its_reader(server: Stage) -> None:
    """With nobody left to read its output, as after `| head -1`, it ends quietly."""
    with Script(CLIENT, server.target, "--times", "200") as process:
        process.stdout.close()
        assert process.result() == (0, [])


def test_the_client_takes_no_more_than_it_shows() -> None:
    """A body without end is one line, with status 1; the rest is not taken."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with Script(CLIENT, f"http://127.0.0.1:{port}/") as process:
            with listening.accept()[0] as connection, suppress(ConnectionError):
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                sent = 0
                while sent < 60 * MEBIBYTE:
                    sent += connection.send(bytes(64 * 1024))
            assert sent < 60 * MEBIBYTE
            status, [line] = process.result()
            assert status == 1
            assert line.endswith(b": more than 16384 bytes")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_client_that_never_reads_cannot_fill_the_memory() -> None:
    """12 MiB of questions offered, no answer read: the server takes no more of them."""
    with (
        serving(SERVER, LOOPBACK) as server,
        connect(server) as flood,
        connect(server) as other,
    ):
        before = resident(server)
        sent_until_stuck(flood, GET * 1000, most=12)
        assert resident(server) - before < 20 * MEBIBYTE
        other.sendall(GET)
        assert numbers(other.recv(1024))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_body_costs_nothing() -> None:
    """8 MiB of a form are refused, whether their length is known or not."""
    with serving(SERVER, LOOPBACK) as server:
        before = peak(server)
        for kind in (b"Content-Length: 8388608", b"Transfer-Encoding: chunked"):
            with connect(server) as client:
                client.sendall(
                    b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n%b\r\n\r\n"
                    % kind
                )
                answer = client.recv(1024)
                with suppress(ConnectionError):
                    form = b"a=1&" * (2 * MEBIBYTE)
                    client.sendall(b"800000\r\n%b\r\n0\r\n\r\n" % form)
            assert answer.startswith(b"HTTP/1.1 413 ")
        with connect(server) as other:
            other.sendall(GET)
            assert numbers(other.recv(1024)) == [1]
        assert peak(server) - before < 4 * MEBIBYTE


@posix_only
def test_over_tls_nothing_follows_the_close(certificate: Path) -> None:
    """The rest may come in the same segment, in TLS records of its own."""
    where = f"ssl:0:interface=127.0.0.1:privateKey={certificate}/server.pem"
    trusted = ssl.create_default_context(cafile=certificate / "server.pem")
    with serving(SERVER, where) as stage:
        for first, status in [
            (b"junk\r\n", b"400"),
            (b"GET /" + b"x" * 20000, b"431"),
            (GET[:-2] + b"Content-Length: 9\r\n\r\n", b"413"),
            (GET[:-2] + b"Connection: close\r\n\r\n", b"200"),
        ]:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = trusted.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with connect(stage) as raw:
                while client.version() is None or outgoing.pending:
                    with suppress(ssl.SSLWantReadError):
                        client.do_handshake()
                    raw.sendall(outgoing.read())
                    if client.version() is None:
                        incoming.write(raw.recv(64 * 1024))
                for record in (first, b"\r\n\r\n" + GET, GET):
                    client.write(record)
                raw.sendall(outgoing.read())
                answer = decrypted(client, incoming, raw)
                with suppress(ssl.SSLError):
                    client.unwrap()  # its own goodbye, for which the server waits
                raw.sendall(outgoing.read())
                raw.recv(1024)
            assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [status]
        stage.process.send_signal(signal.SIGTERM)
        assert stage.wait() == (0, "")


@posix_only
def test_a_flood_of_requests_takes_nobody_elses_turn(server: Stage) -> None:
    """Eight clients send 2,600 requests each; another one's is among the first."""
    flooders = [connect(server) for _ in range(8)]
    with connect(server) as other:
        for client in [*flooders, other]:  # until each is accepted
            client.sendall(GET)
            [before] = numbers(client.recv(1024))
        # It finds all that follows at once, as a busy server does.
        server.process.send_signal(signal.SIGSTOP)
        os.waitpid(server.process.pid, os.WUNTRACED)  # it has stopped by now
        for client in flooders:
            client.sendall(SHORT_GET * 2600)
            client.shutdown(socket.SHUT_WR)
        other.sendall(GET)
        server.process.send_signal(signal.SIGCONT)
        [number] = numbers(other.recv(1024))
    assert number <= before + 8 * 16 + 1
    answers = []
    for client in flooders:
        with client, client.makefile("rb") as answer:
            answers.append(numbers(answer.read()))
    assert {len(numbers) for numbers in answers} == {2600}
    assert all(numbers == sorted(numbers) for numbers in answers)


@posix_only
def test_over_tls_each_of_many_requests_is_answered(certificate: Path) -> None:
    """They may come in one record or in many: the answers are in order."""
    where = f"ssl:0:interface=127.0.0.1:privateKey={certificate}/server.pem"
    trusted = ssl.create_default_context(cafile=certificate / "server.pem")
    with (
        serving(SERVER, where) as stage,
        connect(stage) as raw,
        trusted.wrap_socket(raw, server_hostname="localhost") as client,
        client.makefile("rb") as answer,
    ):
        client.sendall(SHORT_GET * 100)
        for byte in SHORT_GET * 100:
            client.sendall(bytes([byte]))
        last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        client.sendall(last)
        assert numbers(answer.read()) == [*range(1, 202)]


@posix_only
def test_no_client_can_make_it_speak() -> None:
    """Junk, half requests, floods of requests: nothing on standard error."""
    with serving(SERVER, LOOPBACK) as server:
        for request in (
            b"\x00\xff\r\n\r\n",
            GET[:-2],
            GET * 1000,
            GET.replace(b"GET", b"POST"),
            GET.replace(b"GET", b"BREW"),
            b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\nonly this",
            b"GET / HTTP/1.1\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n",
        ):
            with connect(server) as client:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                while client.recv(64 * 1024):
                    pass
        with connect(server) as client:
            client.sendall(GET)
            assert numbers(client.recv(1024)) == [1001]
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == (0, "")
