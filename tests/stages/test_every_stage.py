"""Tests what all stages have in common, as their users run them: with processes."""

import os
import runpy
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from twisted.internet.endpoints import quoteStringArgument
from twisted.logger import globalLogBeginner

import tests
from tests import ROOT
from tests.stage_process import (
    CONSOLES,
    LOOPBACK,
    Script,
    complaint_of,
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
TALKERS = [stage for stage in STAGES if stage.typed]  # clients that read their input
each_talker = pytest.mark.parametrize(
    "talker", TALKERS, ids=[stage.folder for stage in TALKERS]
)


def talk(client: socket.socket) -> None:
    """Says something, and waits for an answer."""
    client.sendall(HELLO)
    assert client.recv(1024)


@pytest.mark.parametrize("stage", STAGES, ids=SERVERS)
@pytest.mark.parametrize(
    ("console", "endpoint"),
    [
        ("ConsoleIO", LOOPBACK),
        ("StandardIO", r"tcp6:0:interface=\:\:1"),
        pytest.param("StandardIO", "unix:{folder}/socket", marks=posix_only),
        ("StandardIO", "ssl:0:interface=127.0.0.1:privateKey={folder}/server.pem"),
        pytest.param(
            "StandardIO", "tls:{folder}:0:interface=127.0.0.1", marks=pytest.mark.slow
        ),
    ],
)
def test_a_stage_runs_alone(
    stage: Scripts, console: str, endpoint: str, certificate: Path
) -> None:
    """In a copy of its folder, a client talks to its server, on each kind of endpoint.

    Clients have another console on Windows, which is tried here as well.
    """
    alone = shutil.copytree(ROOT / stage.folder, certificate / "alone")
    folder = quoteStringArgument(os.fspath(certificate))  # C: has a colon on Windows
    script = (alone / stage.client).as_posix()
    client = on_consoles(script)[CONSOLES.index(console)]
    with serving(stage.server, endpoint.format(folder=folder), folder=alone) as running:
        where = running.target
        if endpoint.startswith(("ssl:", "tls:")):
            where = f"tls:localhost:{running.where[1]}:trustRoots={folder}"
        result = run(*client, where, given=stage.typed)
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        assert result.stdout == stage.shown


@contextmanager
def conversing(stage: Scripts, where: str) -> Iterator[list[Script]]:
    """Talks to a server with the stage's client, on each of its consoles."""
    with ExitStack() as running:
        clients = [
            running.enter_context(Script(*command, where))
            for command in on_consoles(f"{stage.folder}/{stage.client}")
        ]
        for client in clients:
            client.stdin.write(b"hello\n")
            assert client.stdout.readline()  # while the input is still open
        yield clients


@each_talker
def test_the_client_reports_that_the_server_is_gone(talker: Scripts) -> None:
    """A server that hangs up while there is still input: one line, with status 1."""
    with (
        serving(f"{talker.folder}/{talker.server}", LOOPBACK) as server,
        conversing(talker, server.target) as clients,
    ):
        server.process.kill()
        for client in clients:
            status, [line] = client.result()
            assert status == 1
            assert b"The server hung up" in line


@each_talker
def test_the_client_leaves_quietly(talker: Scripts) -> None:
    """With nobody left to read its output, as after `| head -1`, and on Ctrl-C."""
    with serving(f"{talker.folder}/{talker.server}", LOOPBACK) as server:
        with conversing(talker, server.target) as clients:
            for client in clients:
                client.stdout.close()
                client.stdin.write(b"more\n")
            assert [client.result() for client in clients] == [(0, [])] * 2
        if sys.platform == "win32":
            return  # it has no such signal
        with conversing(talker, server.target) as clients:
            for client in clients:
                client.send_signal(signal.SIGINT)
            assert [client.result() for client in clients] == [(0, [])] * 2


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("stage", STAGES, ids=CLIENTS)
def test_a_broken_input_or_output_is_one_line(stage: Scripts) -> None:
    """A client that cannot read or show something says so in one line: status 1."""
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
                assert complaint in complaint_of(result)


def test_help_says_what_an_endpoint_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--help gives the default and an example of each kind of endpoint."""
    monkeypatch.setattr(globalLogBeginner, "beginLoggingTo", lambda *_, **__: None)
    for script in SERVERS + CLIENTS:
        monkeypatch.setattr(sys, "argv", [script, "--help"])
        with pytest.raises(SystemExit, match=r"^0$"):
            runpy.run_path(os.fspath(ROOT / script), run_name="__main__")
        text = capsys.readouterr().out
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
        assert f"Couldn't listen on 127.0.0.1:{port}" in complaint_of(result)


def test_the_client_reports_that_nobody_is_there() -> None:
    """A refused connection is one line, with status 1."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = f"tcp:127.0.0.1:{closed.getsockname()[1]}"
    for result in run_at_once(*([client, endpoint] for client in CLIENTS)):
        assert "refused" in complaint_of(result)


@posix_only
@each_server
def test_stops_quietly_when_told_to(server: str) -> None:
    """Ctrl-C closes the connections; no output, status 0."""
    with serving(server, LOOPBACK) as running:
        with connect(running) as client:
            talk(client)
            running.process.send_signal(signal.SIGINT)
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
            running.process.send_signal(signal.SIGTERM)  # as quiet as Ctrl-C
            status, errors = running.wait()
            assert f"port={client.getsockname()[1]})" not in errors
    assert status == 0
    lines = errors.splitlines()
    assert all(line.startswith("lost ") for line in lines)
    # `other` may be among them: to close with something unread is a reset, too.
    for port in reset_ports:
        assert len([line for line in lines if f"port={port})" in line]) == 1
