"""Tests what all stages have in common, as their users run them: with processes."""

import os
import shutil
import signal
import socket
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from twisted.internet.endpoints import quoteStringArgument

import tests
from tests import ROOT
from tests.stage_process import (
    LOOPBACK,
    connect,
    on_consoles,
    posix_only,
    reset,
    run,
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
each_script = pytest.mark.parametrize("script", SERVERS + CLIENTS)


def talk(client: socket.socket) -> None:
    """Says something, and waits for an answer."""
    client.sendall(HELLO)
    assert client.recv(1024)


@pytest.mark.parametrize("stage", STAGES, ids=SERVERS)
@pytest.mark.parametrize(
    "endpoint",
    [
        LOOPBACK,
        r"tcp6:0:interface=\:\:1",
        pytest.param("unix:{folder}/socket", marks=posix_only),
        "ssl:0:interface=127.0.0.1:privateKey={folder}/server.pem",
        "tls:{folder}:0:interface=127.0.0.1",
    ],
)
def test_the_client_talks_to_the_server(
    stage: Scripts, endpoint: str, certificate: Path
) -> None:
    """On each kind of endpoint, a stage's client talks to its server."""
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
    """Copied away from the repo, the folder still serves."""
    shutil.copytree(ROOT / stage.folder, tmp_path / "copy")
    with serving(stage.server, LOOPBACK, folder=tmp_path / "copy") as running:
        script = tmp_path / "copy" / stage.client
        result = run(str(script), running.target, given=stage.typed)
        assert result.stdout == stage.shown


@posix_only
@pytest.mark.parametrize("stage", STAGES, ids=CLIENTS)
@pytest.mark.parametrize(
    ("redirected", "complaint"),
    [
        ("<&-", "must be open"),
        (">&-", "must be open"),
        (">/dev/full", "Cannot write to standard output"),
    ],
)
def test_a_broken_input_or_output_is_one_line(
    stage: Scripts, redirected: str, complaint: str
) -> None:
    """What a client cannot read or show is one line, with status 1."""
    if redirected == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no file here whose disk is always full")
    client = f"{stage.folder}/{stage.client}"
    with serving(f"{stage.folder}/{stage.server}", LOOPBACK) as running:
        for command in on_consoles(client):
            arguments = [*command, running.target]
            result = run(*arguments, given=stage.typed, redirected=redirected)
            if not stage.typed and redirected == "<&-":  # it needs no input
                assert (result.returncode, result.stderr) == (0, b"")
                continue
            assert (result.returncode, result.stdout) == (1, b"")
            [line] = result.stderr.decode().splitlines()
            assert complaint in line


@each_script
def test_help_says_what_an_endpoint_is(script: str) -> None:
    """--help gives the default and an example of each kind of endpoint."""
    text = run(script, "--help").stdout.decode()
    for word in ["endpoint description", "(the default)", "unix:", "trustRoots"]:
        if word != "trustRoots" or script in CLIENTS:
            assert word in text


@each_server
def test_a_busy_port_is_one_line(server: str) -> None:
    """A second server on the same port says so in one line, with status 1."""
    with serving(server, LOOPBACK) as running:
        host, port = running.where
        result = run(server, f"tcp:{port}:interface={host}")
    assert result.returncode == 1
    assert result.stdout == b""
    [line] = result.stderr.splitlines()
    assert f"Couldn't listen on {host}:{port}" in line.decode()


@each_script
def test_a_bad_endpoint_is_one_line(script: str) -> None:
    """An endpoint that is none gets one line that repeats it, with status 1."""
    result = run(script, "tcp:http")
    assert result.returncode == 1
    assert result.stdout == b""
    [line] = result.stderr.splitlines()
    assert b"tcp:http" in line


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_reports_that_nobody_is_there(client: str) -> None:
    """A refused connection is one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for command in on_consoles(client):
        result = run(*command, f"tcp:127.0.0.1:{port}")
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
