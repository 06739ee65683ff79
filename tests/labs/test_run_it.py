"""What the page about running it for real promises: draining, TLS, units, a log."""

import json
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from unittest.mock import Mock

import pytest
from cryptography import x509
from draining_chat import DrainingFactory, DrainingProtocol
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.authority import LOCALHOST, Authority
from tests.labs.test_labs import linux_only, table_of
from tests.stage_process import (
    LOOPBACK,
    TIME_LIMIT,
    Script,
    Stage,
    complaint_of,
    connect,
    posix_only,
    reset,
    resident,
    run,
    serving,
)
from tests.transports import TCPTransport

pytestmark = pytest.mark.slow

CHAT = "docs/run_it/draining_chat.py"
GOODBYE = b"* The server stops: what you say now reaches nobody\n"
UNITS = ["chat.service", "chat.socket"]
SYSTEMD = shutil.which("systemd-analyze")


class DrainingTests(SynchronousTestCase):
    """What a chat does between SIGTERM and its end."""

    def setUp(self) -> None:
        """Two clients have entered, and read what they were sent."""
        self.clock, self.port = Clock(), Mock()
        self.factory = DrainingFactory(self.clock)
        self.clients: list[DrainingProtocol] = []
        self.transports = [TCPTransport(), TCPTransport()]
        for transport in self.transports:
            client = self.factory.buildProtocol(None)
            assert isinstance(client, DrainingProtocol)
            client.makeConnection(transport)
            self.clients.append(client)
        for transport in self.transports:
            transport.clear()

    def drain(self) -> Deferred[None]:
        """Returns what the reactor waits for before it disconnects everyone."""
        return Deferred.fromCoroutine(self.factory.drain(self.port))

    def test_says_goodbye_to_everyone(self) -> None:
        """The port closes, and each client's last line is the goodbye."""
        self.drain()
        self.port.stopListening.assert_called_once_with()
        for transport in self.transports:
            self.assertEqual(transport.value(), GOODBYE)
            self.assertTrue(transport.half_closed)
            self.assertIsNone(transport.producer)

    def test_goes_on_reading_from_clients_that_listen(self) -> None:
        """A connection stays open until its client ends: a close could be a reset."""
        self.drain()
        for client, transport in zip(self.clients, self.transports, strict=True):
            self.assertFalse(transport.disconnecting)
            client.readConnectionLost()
            self.assertTrue(transport.disconnecting)

    def test_passes_nothing_on_after_the_goodbye(self) -> None:
        """Remaining readers are told neither of new lines nor of people who leave."""
        self.drain()
        self.clients[0].dataReceived(b"/msg #lobby too late\n/nick late\nnonsense\n")
        self.clients[0].readConnectionLost()
        for transport in self.transports:
            self.assertEqual(transport.value(), GOODBYE)

    def test_ends_when_the_last_client_has_gone(self) -> None:
        """Not before: the reactor would cut the others off."""
        drained = self.drain()
        self.clients[0].connectionLost()
        self.assertNoResult(drained)
        self.clients[1].connectionLost()
        self.successResultOf(drained)

    def test_ends_in_10_seconds_even_if_clients_stay(self) -> None:
        """A client that never hangs up holds a restart for so long, and no longer."""
        drained = self.drain()
        self.clock.advance(9.9)
        self.assertNoResult(drained)
        with capturedLogs() as events:
            self.clock.advance(0.1)
        self.successResultOf(drained)
        self.assertEqual(list(map(formatEvent, events)), ["2 did not hang up in time"])
        self.assertEqual(events[0]["log_level"], LogLevel.warn)  # so that it is shown
        for client in self.clients:  # the reactor disconnects them now
            client.connectionLost()

    def test_ends_at_once_when_nobody_is_there(self) -> None:
        """Without clients there is nothing to wait for."""
        for client in self.clients:
            client.connectionLost()
        self.successResultOf(self.drain())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_waits_for_the_clients_that_are_connected(self) -> None:
        """That nobody was there before is forgotten."""
        for client in self.clients:
            client.connectionLost()
        late = self.factory.buildProtocol(None)
        assert isinstance(late, DrainingProtocol)
        late.makeConnection(TCPTransport())
        drained = self.drain()
        self.assertNoResult(drained)
        late.connectionLost()
        self.successResultOf(drained)


class Guest:
    """A client that has entered the chat; little fits into its own buffer."""

    def __init__(self, server: Stage, tls: ssl.SSLContext | None = None) -> None:
        """Connects, with `tls` or without, and reads the greeting."""
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(TIME_LIMIT)
        self.socket.connect(server.where)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.lines = self.socket.makefile("rb")
        self.read_to(b"has joined #lobby\n")

    def read_to(self, ending: bytes) -> list[bytes]:
        """Reads lines up to one with that ending, and returns them."""
        lines = []
        for line in self.lines:
            lines.append(line)
            if line.endswith(ending):
                return lines
        raise AssertionError(f"ended without {ending!r}, after {lines[-3:]}")

    def __enter__(self) -> Self:
        """Stays."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hangs up."""
        self.lines.close()
        self.socket.close()


@posix_only
def test_new_clients_are_refused_while_old_ones_finish() -> None:
    """From the goodbye on nobody else gets in, and the server ends with the last."""
    with serving(CHAT, LOOPBACK) as server:
        with Guest(server) as guest:
            server.process.send_signal(signal.SIGTERM)
            assert guest.read_to(GOODBYE) == [GOODBYE]
            with pytest.raises(ConnectionRefusedError):
                connect(server)
            assert server.process.poll() is None
        assert server.wait() == (0, "")


@posix_only
def test_who_breaks_off_has_a_line_in_the_log() -> None:
    """On standard error, where a terminal and systemd look for it."""
    with serving(CHAT, LOOPBACK) as server:
        with Guest(server) as guest, Guest(server) as broken:
            broken.lines.close()
            reset(broken.socket)
            broken.socket.close()
            guest.read_to(b"has left #lobby\n")
        server.process.send_signal(signal.SIGTERM)
        status, errors = server.wait()
    assert (status, errors.count("\n"), errors[:5]) == (0, 1, "lost ")


@posix_only
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once(second: signal.Signals) -> None:
    """A second Ctrl-C ends the wait at once, without a traceback."""
    with serving(CHAT, LOOPBACK) as server, Guest(server) as guest:
        server.process.send_signal(signal.SIGINT)
        guest.read_to(GOODBYE)
        server.process.send_signal(second)
        assert server.wait() == (-second, "")


@linux_only
def test_a_restart_costs_nothing_if_the_port_is_held() -> None:
    """The stage loses lines and turns clients away, the draining chat does neither."""
    result = run("docs/run_it/restart_lab.py")
    assert result.returncode == 0, result.stderr.decode()
    for before, after in table_of(result.stdout).values():
        assert int(before) > int(after) == 0


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A folder as certbot fills it, and in `trusted` the root alone."""
    root, between, server = map(Authority.called, ["root", "between", "localhost"])
    authority = [
        x509.BasicConstraints(ca=True, path_length=None),
        x509.KeyUsage(
            key_cert_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        ),
    ]
    fullchain = between.issue(server, LOCALHOST) + root.issue(between, *authority)
    (tmp_path / "fullchain.pem").write_bytes(fullchain)
    (tmp_path / "privkey.pem").write_bytes(server.private_key())
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "root.pem").write_bytes(root.issue(root, *authority))
    return tmp_path


@posix_only
@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "TLS"])
def test_what_was_said_reaches_one_who_reads_late_and_talks(
    chain: Path, *, over_tls: bool
) -> None:
    """Bob reads all that Alice has heard of herself, whatever he says meanwhile."""
    tls = ssl.create_default_context(cafile=chain / "trusted" / "root.pem")
    folder, context = ([str(chain)], tls) if over_tls else ([], None)
    with (
        serving(CHAT, LOOPBACK, *folder) as server,
        Guest(server, context) as bob,
        Guest(server, context) as alice,
    ):
        bob.read_to(b"has joined #lobby\n")
        for _ in range(400):
            alice.socket.sendall(b"/msg #lobby %b\n" % (b"x" * 480))
            alice.read_to(b"x\n")
        server.process.send_signal(signal.SIGTERM)
        alice.read_to(GOODBYE)
        bob.socket.sendall(b"/msg #lobby is anybody there?\n")
        *lines, _ = bob.read_to(GOODBYE)
        assert len(lines) == 400


@linux_only
def test_a_stuck_client_over_tls_fits_into_the_memory(chain: Path) -> None:
    """The server with as many clients as the unit lets in stays below its limit."""
    tls = ssl.create_default_context(cafile=chain / "trusted" / "root.pem")
    number = 20
    with serving(CHAT, LOOPBACK, str(chain)) as server, ExitStack() as everyone:
        alice = everyone.enter_context(Guest(server, tls))
        before = most = resident(server)
        for _ in range(number):
            everyone.enter_context(Guest(server, tls))
            alice.read_to(b"has joined #lobby\n")
        while True:  # until the first of them is dropped
            alice.socket.sendall(b"/msg #lobby %b\n" % (b"x" * 480))
            if alice.lines.readline().endswith(b"has left #lobby\n"):
                break
            most = max(most, resident(server))
        granted = unit_numbers()
        each = (most - before) / number
        needed = before + granted["LimitNOFILE"] * each
        assert needed < granted["MemoryMax"] * 1024 * 1024


def refusal(*arguments: str) -> str:
    """Returns what a program complains of."""
    return complaint_of(run(*arguments))


def test_a_chain_in_the_wrong_order_is_refused_at_the_start(chain: Path) -> None:
    """The first certificate is not the key's: better one line now than one a client."""
    file = chain / "fullchain.pem"
    first, end, second = file.read_text("utf-8").partition(
        "-----END CERTIFICATE-----\n"
    )
    file.write_text(second + first + end, "utf-8")
    assert "do not match" in refusal(CHAT, LOOPBACK, str(chain))


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem"])
def test_a_broken_folder_is_refused(chain: Path, file: str) -> None:
    """A file that is empty, or not there."""
    (chain / file).write_bytes(b"")
    assert refusal(CHAT, LOOPBACK, str(chain)).startswith("Cannot listen on")
    (chain / file).unlink()
    assert f"{file}'" in refusal(CHAT, LOOPBACK, str(chain))


@posix_only
def test_over_tls_clients_believe_it_and_read_the_goodbye(chain: Path) -> None:
    """They know the root alone, and the server ends as soon as they agree."""
    with serving(CHAT, LOOPBACK, str(chain)) as server:
        where = f"tls:localhost:{server.where[1]}:trustRoots={chain}/trusted"
        with Script("03_chat/chat_client.py", where) as client:
            assert client.stdout.readline() == b"* You are guest1\n"
            server.process.send_signal(signal.SIGTERM)
            assert client.stdout.read().endswith(GOODBYE)
            assert client.stderr.read().endswith(b"Connection was closed cleanly.\n")
        assert server.wait() == (0, "")


@pytest.mark.skipif(not SYSTEMD, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Each line of the units is one that systemd knows, and the program is there."""
    for unit in UNITS:
        text = (ROOT / "docs" / "run_it" / unit).read_text("utf-8")
        installed = text.replace("/opt/chat/.venv/bin/python", sys.executable)
        (tmp_path / unit).write_text(installed, "utf-8")
    result = subprocess.run(
        [str(SYSTEMD), "verify", *[tmp_path / unit for unit in UNITS]],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def unit_numbers() -> dict[str, int]:
    """Returns the settings of both units that are numbers."""
    units = "".join(
        (ROOT / "docs" / "run_it" / unit).read_text("utf-8") for unit in UNITS
    )
    return {k: int(v) for k, v in re.findall(r"^(\w+)=(\d+)M?$", units, re.MULTILINE)}


def test_the_units_fit_each_other_and_the_program() -> None:
    """The socket has the name that the server asks for, and the files have theirs."""
    folder = ROOT / "docs" / "run_it"
    service, opened = ((folder / unit).read_text("utf-8") for unit in UNITS)
    program = (folder / "draining_chat.py").read_text("utf-8")
    [name] = re.findall(r"^FileDescriptorName=(\w+)$", opened, re.MULTILINE)
    assert f" systemd:domain=INET6:name={name} $" in service
    given = re.findall(r"^LoadCredential=(\S+):\S+/(\S+)$", service, re.MULTILINE)
    read = re.findall(r'folder / "(\S+)"', program)
    assert given == [(file, file) for file in read]
    assert len(read) == 2


def test_the_page_says_what_the_units_grant() -> None:
    """The table of limits has the numbers of the units."""
    page = (ROOT / "docs" / "run_it.md").read_text("utf-8")
    opened = (ROOT / "docs" / "run_it" / "chat.socket").read_text("utf-8")
    assert "\nKeepAlive=yes\n" in opened  # without which the numbers mean nothing
    granted = unit_numbers()
    asked = granted["KeepAliveProbes"] * granted["KeepAliveIntervalSec"]
    vanished = granted["KeepAliveTimeSec"] + asked
    assert f"| {vanished // 60} minutes | `KeepAlive` in" in page
    assert f"| {granted['LimitNOFILE']} | `LimitNOFILE`" in page
    assert f"| {granted['MemoryMax']} MiB | `MemoryMax`" in page


def test_each_limit_has_a_test() -> None:
    """What one client can use up has an end, and a test that would miss it."""
    page = (ROOT / "docs" / "run_it.md").read_text("utf-8")
    rows = re.findall(
        r"^\| [^|]+ \| ([^|]+) \| [^|]+ \| ([^|]*)\|$", page, re.MULTILINE
    )
    tests = "".join(
        file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")
    )
    (_, title), *limits = rows
    assert title == "the test that proves it "
    assert len(limits) > 10
    for most, proof in limits:
        assert most == "no limit" or f"def {proof.strip('` ')}(" in tests, proof


def test_the_unit_waits_longer_than_the_server_drains() -> None:
    """Otherwise systemd would kill it while clients read."""
    granted = unit_numbers()
    assert granted["TimeoutStopSec"] > DrainingFactory.PATIENCE


@posix_only
def test_a_log_in_json_beside_the_usual_one(tmp_path: Path) -> None:
    """Each event is a line of JSON, in a file that its owner alone can read."""
    file = tmp_path / "chat.json"
    arguments = str(file), "03_chat/chat_server.py", LOOPBACK
    with serving("docs/run_it/json_log.py", *arguments) as server:
        with connect(server) as client:
            client.recv(1024)
            reset(client)
        with connect(server) as client:
            client.recv(1024)  # by now the server knows of the reset
        server.process.send_signal(signal.SIGTERM)
        status, errors = server.wait()
    assert (status, errors[:5]) == (0, "lost ")
    events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert "lost {who}: {why}" in [event["log_format"] for event in events]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_log_says_what_it_needs(tmp_path: Path) -> None:
    """A script, and a folder that is there."""
    log = "docs/run_it/json_log.py"
    assert refusal(log).endswith("json_log.py FILE SCRIPT [ENDPOINT].")
    assert "json_log.py FILE SCRIPT" in refusal(log, str(tmp_path / "log"), "no.py")
    assert "Cannot write a log" in refusal(log, str(tmp_path / "no" / "log"), CHAT)
