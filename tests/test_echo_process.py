"""The echo scripts as their users run them: processes, real sockets, signals."""

import os
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from select import select

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.endpoints import quoteStringArgument

from tests import ROOT
from tests.stage_process import TIME_LIMIT, Stage, run, serving, talking

SERVER = "01_echo/echo_server.py"
CLIENT = "01_echo/echo_client.py"
LOOPBACK = "tcp:0:interface=127.0.0.1"
MEBIBYTE = 1024 * 1024

# The client with the standard input and output that it has on Windows. Twisted must
# be loaded before it is told of another system.
AS_ON_WINDOWS = """
import runpy, sys, twisted.internet.reactor, twisted.internet.stdio
sys.path.insert(0, "01_echo")
sys.platform = "win32"
runpy.run_path("01_echo/echo_client.py", run_name="__main__")
"""

each_client = pytest.mark.parametrize(
    "client", [(CLIENT,), ("-c", AS_ON_WINDOWS)], ids=["StandardIO", "ConsoleIO"]
)
posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such signals, nor UNIX sockets here"
)


@pytest.fixture
def server() -> Iterator[Stage]:
    """An echo server on a free port of this machine."""
    with serving(SERVER, LOOPBACK) as stage:
        yield stage


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder that holds server.pem: a new key and its certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "server.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return tmp_path


def connect(stage: Stage) -> socket.socket:
    """Returns a plain blocking socket connected to a server on TCP."""
    return socket.create_connection(stage.where, timeout=TIME_LIMIT)


def ask(client: socket.socket, message: bytes) -> bytes:
    """Sends `message` and returns as many bytes as it has."""
    client.sendall(message)
    with client.makefile("rb", buffering=0) as answers:
        return answers.read(len(message)) or b""


def resident(stage: Stage) -> int:
    """Returns the bytes of memory that a server holds (Linux)."""
    status = Path(f"/proc/{stage.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@pytest.mark.parametrize(
    "endpoint",
    [
        LOOPBACK,
        r"tcp6:0:interface=\:\:1",
        pytest.param("unix:{folder}/echo.sock", marks=posix_only),
        "ssl:0:interface=127.0.0.1:privateKey={folder}/server.pem",
        "tls:{folder}:0:interface=127.0.0.1",
    ],
)
def test_the_announced_command_works(endpoint: str, certificate: Path) -> None:
    """On each kind of endpoint, the command that the server suggests talks to it."""
    folder = quoteStringArgument(os.fspath(certificate))  # C: has a colon on Windows
    with serving(SERVER, endpoint.format(folder=folder)) as stage:
        _python, script, argument = stage.command.split(" ", 2)
        argument = argument.strip('"').replace("FOLDER", folder)
        message = os.urandom(1_300_000)
        result = run(script, argument, given=message)
        assert result.stderr == b""
        assert result.returncode == 0
        assert result.stdout == message


@pytest.mark.parametrize("script", [SERVER, CLIENT])
def test_help_says_what_an_endpoint_is(script: str) -> None:
    """--help names the argument and gives an example of each kind."""
    text = run(script, "--help").stdout.decode()
    assert "ENDPOINT" in text
    for kind in ["tcp:", "unix:", "tls:" if script == CLIENT else "ssl:", "default"]:
        assert kind in text


def test_a_stage_runs_alone(tmp_path: Path) -> None:
    """Copied away from the repo, the folder still serves."""
    shutil.copytree(ROOT / "01_echo", tmp_path / "copy")
    with (
        serving("echo_server.py", LOOPBACK, tmp_path / "copy") as stage,
        connect(stage) as client,
    ):
        assert ask(client, b"hello\n") == b"hello\n"


def test_a_busy_port_is_one_line(server: Stage) -> None:
    """A second server on the same port says so in one line, with status 1."""
    host, port = server.where
    result = run(SERVER, f"tcp:{port}:interface={host}")
    assert result.returncode == 1
    assert result.stdout == b""
    [line] = result.stderr.splitlines()
    assert f"Couldn't listen on {host}:{port}" in line.decode()


@pytest.mark.parametrize("script", [SERVER, CLIENT])
@pytest.mark.parametrize("endpoint", ["1234", "tcp", "tcp:http", "tcp:99999:x"])
def test_a_bad_endpoint_is_one_line(script: str, endpoint: str) -> None:
    """An endpoint that is none gets one line that repeats it, with status 1."""
    result = run(script, endpoint)
    assert result.returncode == 1
    assert result.stdout == b""
    [line] = result.stderr.splitlines()
    assert endpoint in line.decode()


@posix_only
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stops_quietly_when_told_to(server: Stage, stop: signal.Signals) -> None:
    """Ctrl-C and SIGTERM close the connections; no output, status 0."""
    with connect(server) as client:
        assert ask(client, b"hello") == b"hello"
        server.process.send_signal(stop)
        assert client.recv(1) == b""
    assert server.wait() == (0, "")


@posix_only
def test_clients_that_break_off_cost_a_line_each(server: Stage) -> None:
    """A reset is one line on standard error and no traceback; others are served."""
    for _ in range(3):
        with connect(server) as client:
            assert ask(client, b"hello") == b"hello"
            # To linger for 0 seconds means: no goodbye, but a reset.
            linger = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    with connect(server) as client:
        assert ask(client, b"hello") == b"hello"
    server.process.send_signal(signal.SIGTERM)
    status, errors = server.wait()
    assert status == 0
    lines = errors.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["lost"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_peer_that_never_reads_cannot_fill_the_memory(server: Stage) -> None:
    """300 MiB offered and never read: the server grows little, and serves others."""
    with connect(server) as other, connect(server) as flood:
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
    result = run(*client, server.endpoint, given=message)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == message


@each_client
def test_the_client_answers_line_by_line(client: tuple[str], server: Stage) -> None:
    """Each line comes back while the input is still open, as at a terminal."""
    with talking(*client, server.endpoint) as process:
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
            # Nothing taken for two seconds: it has stopped (or not yet begun).
            while taken < 60 * MEBIBYTE and select([], [process.stdin], [], 2)[1]:
                taken += process.stdin.write(bytes(64 * 1024))
            assert MEBIBYTE / 16 <= taken < 20 * MEBIBYTE


@each_client
def test_the_client_reports_that_nobody_is_there(client: tuple[str]) -> None:
    """A refused connection is one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    result = run(*client, f"tcp:127.0.0.1:{port}")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert b"refused" in line


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
def test_the_client_misses_what_does_not_come_back(client: tuple[str]) -> None:
    """A server that closes without the whole answer: one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(TIME_LIMIT)
        port = listening.getsockname()[1]
        with talking(*client, f"tcp:127.0.0.1:{port}") as process:
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(b"hello")
            process.stdin.close()
            with listening.accept()[0] as connection:
                assert connection.recv(5) == b"hello"
                connection.sendall(b"hell")
            assert process.wait(TIME_LIMIT) == 1
            assert b"The server hung up" in process.stderr.read()


@each_client
def test_the_client_leaves_with_its_reader(client: tuple[str], server: Stage) -> None:
    """With nobody left to read its output, as after `| head -1`, it ends quietly."""
    with talking(*client, server.endpoint) as process:
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
    with talking(*client, server.endpoint) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"hello\n")
        assert process.stdout.read(6) == b"hello\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(TIME_LIMIT) == 0
        assert process.stderr.read() == b""
