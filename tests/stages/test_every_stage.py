"""Tests what all stages have in common, as their users run them: with processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from twisted.internet.endpoints import quoteStringArgument

import tests
from tests import ROOT
from tests.stage_process import (
    BUFFERED,
    LOOPBACK,
    TIME_LIMIT,
    connect,
    on_consoles,
    posix_only,
    reset,
    run,
    run_at_once,
    serving,
)


@dataclass
class Scripts:
    """A stage's scripts, and what its client says and shows."""

    folder: str
    server: str
    client: str
    typed: bytes
    shown: bytes


def scripts_of(stage: Path) -> Scripts:
    """Returns what is in a stage's folder, and in the tests of its client."""
    scripts = [*stage.glob("*_server.py"), *stage.glob("*_client.py")]
    assert len(scripts) == 2, f"{stage} needs one *_server.py and one *_client.py"
    server, client = scripts
    its_tests = import_module(f"tests.stages.test_{client.stem}")
    return Scripts(stage.name, server.name, client.name, *its_tests.CONVERSATION)


STAGES = list(map(scripts_of, tests.STAGES))
SERVERS = [f"{stage.folder}/{stage.server}" for stage in STAGES]
CLIENTS = [f"{stage.folder}/{stage.client}" for stage in STAGES]
# To an echo server, it is some bytes; to a web server, a request; to a chat, nonsense.
HELLO = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

each_server = pytest.mark.parametrize("server", SERVERS)


def talk(client: socket.socket) -> None:
    """Says something, and waits for an answer."""
    client.sendall(HELLO)
    assert client.recv(1024)


@pytest.mark.parametrize("stage", STAGES, ids=SERVERS)
@pytest.mark.parametrize(
    "endpoint",
    [
        r"tcp6:0:interface=\:\:1",
        pytest.param("unix:{folder}/socket", marks=posix_only),
        "ssl:0:interface=127.0.0.1:privateKey={folder}/server.pem",
        pytest.param("tls:{folder}:0:interface=127.0.0.1", marks=pytest.mark.slow),
    ],
)
def test_the_client_talks_to_the_server(
    stage: Scripts, endpoint: str, certificate: Path
) -> None:
    """On each kind of endpoint but plain TCP, a stage's client talks to its server."""
    folder = quoteStringArgument(os.fspath(certificate))  # C: has a colon on Windows
    server = f"{stage.folder}/{stage.server}"
    with serving(server, endpoint.format(folder=folder)) as running:
        where = running.target
        if endpoint.startswith(("ssl:", "tls:")):
            where = f"tls:localhost:{running.where[1]}:trustRoots={folder}"
        result = run(f"{stage.folder}/{stage.client}", where, given=stage.typed)
        assert result.stderr == b""
        assert result.returncode == 0
        assert result.stdout == stage.shown


@pytest.mark.parametrize("stage", STAGES, ids=SERVERS)
def test_a_stage_runs_alone(stage: Scripts, tmp_path: Path) -> None:
    """Copied away from the repo, the folder still serves, and its client talks."""
    shutil.copytree(ROOT / stage.folder, tmp_path / "copy")
    with serving(stage.server, LOOPBACK, folder=tmp_path / "copy") as running:
        script = tmp_path / "copy" / stage.client
        result = run(str(script), running.target, given=stage.typed)
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout == stage.shown


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("stage", STAGES, ids=CLIENTS)
def test_a_broken_input_or_output_is_one_line(stage: Scripts) -> None:
    """What a client cannot read or show is one line, with status 1."""
    client = f"{stage.folder}/{stage.client}"
    broken = {"<&-": "must be open", ">&-": "must be open"}
    if Path("/dev/full").exists():  # a file whose disk is always full
        broken[">/dev/full"] = "Cannot write to standard output"
    with serving(f"{stage.folder}/{stage.server}", LOOPBACK) as running:
        commands = [[*command, running.target] for command in on_consoles(client)]
        for redirected, complaint in broken.items():
            for result in run_at_once(
                *commands, given=stage.typed, redirected=redirected
            ):
                if not stage.typed and redirected == "<&-":  # it needs no input
                    assert (result.returncode, result.stderr) == (0, b"")
                    continue
                assert (result.returncode, result.stdout) == (1, b"")
                [line] = result.stderr.decode().splitlines()
                assert complaint in line


def test_help_says_what_an_endpoint_is() -> None:
    """--help gives the default and an example of each kind of endpoint."""
    for result in run_at_once(*([script, "--help"] for script in SERVERS + CLIENTS)):
        text = result.stdout.decode()
        for word in ["endpoint description", "(the default)", "unix:", "trustRoots"]:
            if word != "trustRoots" or "_client.py" in text:
                assert word in text


def test_a_busy_port_is_one_line() -> None:
    """A server on a port that another has says so in one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        endpoint = f"tcp:{port}:interface=127.0.0.1"
        results = run_at_once(*([server, endpoint] for server in SERVERS))
    for result in results:
        assert (result.returncode, result.stdout) == (1, b"")
        [line] = result.stderr.decode().splitlines()
        assert f"Couldn't listen on 127.0.0.1:{port}" in line


def test_a_bad_endpoint_is_one_line() -> None:
    """An endpoint that is none gets one line that repeats it, with status 1."""
    for result in run_at_once(*([script, "tcp:http"] for script in SERVERS + CLIENTS)):
        assert (result.returncode, result.stdout) == (1, b"")
        [line] = result.stderr.splitlines()
        assert b"tcp:http" in line


def test_the_client_reports_that_nobody_is_there() -> None:
    """A refused connection is one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = f"tcp:127.0.0.1:{closed.getsockname()[1]}"
    commands = [[*c, endpoint] for client in CLIENTS for c in on_consoles(client)]
    for result in run_at_once(*commands):
        assert result.returncode == 1
        [line] = result.stderr.splitlines()
        assert b"refused" in line


@posix_only
@each_server
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stops_quietly_when_told_to(server: str, stop: signal.Signals) -> None:
    """Ctrl-C and SIGTERM close the connections; no output, status 0."""
    with serving(server, LOOPBACK) as running:
        with connect(running) as client:
            talk(client)
            running.process.send_signal(stop)
            while client.recv(1024):  # the rest of the answer
                pass
        assert running.wait() == (0, "")


@contextmanager
def broken_output(kind: str) -> Iterator[int]:
    """Opens a standard output that takes nothing."""
    if kind == "full":
        output = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, output = os.pipe()
        os.close(reading)
    yield output
    os.close(output)


@pytest.mark.slow
@posix_only
@each_server
@pytest.mark.parametrize("kind", ["closed", "full", "unread"])
def test_serves_on_without_an_output(server: str, kind: str, tmp_path: Path) -> None:
    """An announcement that cannot be written keeps no server from serving."""
    if kind == "full" and not Path("/dev/full").exists():
        pytest.skip("there is no file here whose disk is always full")
    path = tmp_path / "socket"
    command = [sys.executable, server, f"unix:{path}"]
    if kind == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    with (
        broken_output(kind) as output,
        subprocess.Popen(
            command, cwd=ROOT, env=BUFFERED, stdout=output, stderr=subprocess.PIPE
        ) as process,
        socket.socket(socket.AF_UNIX) as client,
    ):
        try:
            deadline = time.monotonic() + TIME_LIMIT
            while client.connect_ex(os.fspath(path)):
                assert time.monotonic() < deadline
            client.settimeout(TIME_LIMIT)
            talk(client)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=TIME_LIMIT)
            assert (process.returncode, errors) == (0, b"")
        finally:
            process.kill()


@posix_only
@each_server
def test_clients_that_break_off_cost_a_line_each(server: str) -> None:
    """A reset is one line on standard error and no traceback; others are served."""
    reset_ports = []
    with serving(server, LOOPBACK) as running:
        for _ in range(3):
            with connect(running) as client, connect(running) as other:
                reset_ports.append(client.getsockname()[1])
                talk(client)
                # By the time of this answer, the server reads from `client` again.
                # Before that, Twisted may take a reset for a clean close.
                talk(other)
                reset(client)
        with connect(running) as client:
            talk(client)
        running.process.send_signal(signal.SIGTERM)
        status, errors = running.wait()
    assert status == 0
    lines = errors.splitlines()
    assert all(line.startswith("lost ") for line in lines)
    # `other` may be among them: to close with something unread is a reset, too.
    for port in reset_ports:
        assert len([line for line in lines if f"port={port})" in line]) == 1
