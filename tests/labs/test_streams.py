"""Answers that stream: who gets which number, and what slow clients cost."""

import contextlib
import socket
import sys
from subprocess import PIPE, Popen
from urllib.request import urlopen

import pytest
from live_count import LiveNumbers, LiveSite
from number_stream import Numbers
from told_counter import StreamSite
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http import HTTPChannel

from tests.labs.test_labs import table_of
from tests.real_sockets import next_turn, real_sockets
from tests.stage_process import (
    LOOPBACK,
    TIME_LIMIT,
    Stage,
    complaint_of,
    run,
    run_at_once,
    serving,
)
from tests.stages.test_counter_server import GET

WATCH = GET.replace(b"/", b"/numbers", 1)
FOLLOW = "02_http_counter/labs/watch_count.py"


class Client:
    """A connection in memory, and what has come from it."""

    def __init__(self, site: StreamSite) -> None:
        """Connects."""
        self.channel = site.buildProtocol(None)
        assert isinstance(self.channel, HTTPChannel)
        self.transport = StringTransport()
        self.channel.makeConnection(self.transport)

    def asks(self, request: bytes) -> bytes:
        """Sends a request, and returns what comes at once."""
        self.channel.dataReceived(request)
        return self.reads()

    def reads(self) -> bytes:
        """Returns what has come since the last look."""
        got: bytes = self.transport.value()
        self.transport.clear()
        return got

    def slow(self) -> None:
        """Has 64 KiB wait, as a client that doesn't read."""
        self.channel.pauseProducing()

    def reads_again(self) -> None:
        """Takes what waits."""
        self.channel.resumeProducing()

    def leaves(self) -> None:
        """Closes the connection, as TCP tells it: the producer hears of it first."""
        self.channel.stopProducing()
        self.channel.connectionLost(Failure(ConnectionDone()))


def event(number: int) -> bytes:
    """Returns an event, as a chunk of an answer."""
    text = b"data: %d\n\n" % number
    return b"%x\r\n%b\r\n" % (len(text), text)


class StreamTestCase(SynchronousTestCase):
    """Gives each test a site in memory, on a clock."""

    def make_site(self) -> StreamSite:
        """Returns the site that is tested."""
        return LiveSite(self.clock)

    def setUp(self) -> None:
        """Starts a site, as a port does when it opens."""
        self.clock = Clock()
        self.site = self.make_site()
        self.site.doStart()
        self.numbers = self.site.resource.children[b"numbers"]
        self.asker = Client(self.site)

    def tearDown(self) -> None:
        """Closes it."""
        self.asker.leaves()
        self.site.doStop()

    def watch(self) -> Client:
        """Returns a client that has read what a stream begins with."""
        client = Client(self.site)
        client.asks(WATCH)
        return client


class FirstStepTests(StreamTestCase):
    """Step 1, and so step 2 as well."""

    def make_site(self) -> StreamSite:
        """Returns the first step."""
        return StreamSite(self.clock, Numbers())

    def test_begins_at_once(self) -> None:
        """The headers don't wait for a number."""
        headers = Client(self.site).asks(WATCH)
        self.assertIn(b"\r\nContent-Type: text/event-stream\r\n", headers)
        self.assertIn(b"\r\nCache-Control: no-store\r\n", headers)

    def test_tells_every_watcher(self) -> None:
        """Each request to the counter is an event of each stream."""
        ann, bob = self.watch(), self.watch()
        for number in (1, 2):
            answer = self.asker.asks(GET)
            self.assertTrue(answer.endswith(b"I am request #%d\n" % number))
            self.assertEqual(ann.reads(), event(number))
            self.assertEqual(bob.reads(), event(number))

    def test_forgets_a_client_that_leaves(self) -> None:
        """Those who stay still hear each number."""
        ann, bob = self.watch(), self.watch()
        ann.leaves()
        self.assertEqual(len(self.numbers.watchers), 1)
        self.asker.asks(GET)
        self.assertEqual(ann.reads(), b"")
        self.assertEqual(bob.reads(), event(1))

    def test_ends_the_answer_to_head(self) -> None:
        """It has the headers of the stream, and nobody is kept for it."""
        client = Client(self.site)
        answer = client.asks(WATCH.replace(b"GET", b"HEAD"))
        self.assertIn(b"\r\nContent-Type: text/event-stream\r\n", answer)
        self.assertEqual(self.numbers.watchers, set())
        self.assertTrue(client.asks(GET).endswith(b"I am request #1\n"))


class SecondStepTests(FirstStepTests):
    """Step 2: slow clients, and a number at once."""

    def make_site(self) -> StreamSite:
        """Returns the second step."""
        return LiveSite(self.clock)

    def test_begins_with_the_newest_number(self) -> None:
        """A latecomer gets the newest number at once."""
        self.assertTrue(Client(self.site).asks(WATCH).endswith(event(0)))
        self.asker.asks(GET)
        self.assertTrue(Client(self.site).asks(WATCH).endswith(event(1)))

    def test_repeats_the_number(self) -> None:
        """Every 15 seconds: a client that has vanished is found only by writing."""
        ann = self.watch()
        self.clock.advance(14)
        self.assertEqual(ann.reads(), b"")
        self.clock.advance(1)
        self.assertEqual(ann.reads(), event(0))

    def test_keeps_one_number_for_a_slow_client(self) -> None:
        """Old numbers are of no use to it, and others don't wait."""
        ann, bob = self.watch(), self.watch()
        ann.slow()
        for _ in range(3):
            self.asker.asks(GET)
        self.assertEqual(ann.reads(), b"")
        self.assertEqual(bob.reads(), event(1) + event(2) + event(3))
        ann.reads_again()
        self.assertEqual(ann.reads(), event(3))
        self.asker.asks(GET)
        self.assertEqual(ann.reads(), event(4))

    def test_says_nothing_twice(self) -> None:
        """A client that was slow while nothing happened gets nothing for it."""
        ann = self.watch()
        ann.slow()
        self.asker.asks(GET)
        ann.reads_again()
        ann.slow()
        ann.reads_again()
        self.assertEqual(ann.reads(), event(1))

    def test_drops_a_client_that_does_not_read(self) -> None:
        """It has a minute, however often it is written to."""
        ann = self.watch()
        ann.slow()
        self.clock.advance(59)
        ann.slow()
        self.assertFalse(ann.transport.disconnected)
        self.clock.advance(1)
        self.assertTrue(ann.transport.disconnected)
        ann.leaves()
        self.assertEqual(self.numbers.watchers, set())

    def test_keeps_a_client_that_is_slow_now_and_then(self) -> None:
        """The minute is over when it has read."""
        ann = self.watch()
        for _ in range(3):
            ann.slow()
            self.clock.advance(59)
            ann.reads_again()
        self.clock.advance(60)
        self.assertFalse(ann.transport.disconnected)

    def test_leaves_no_timer_when_a_slow_client_leaves(self) -> None:
        """Nothing is left of it but the heartbeat of all, however often it was slow."""
        before = len(self.clock.getDelayedCalls())
        ann = self.watch()
        ann.slow()
        ann.slow()
        ann.leaves()
        self.assertEqual(len(self.clock.getDelayedCalls()), before)

    def test_has_a_page(self) -> None:
        """It is HTML, and in a file of its own."""
        answer = self.asker.asks(GET.replace(b"/", b"/watch", 1))
        self.assertIn(b"\r\nContent-Type: text/html; charset=utf-8\r\n", answer)
        self.assertIn(b"new EventSource", answer)


def ask(server: Stage) -> None:
    """Asks the counter once."""
    with urlopen(server.target) as answer:  # noqa: S310 - the lab's own
        answer.read()


@pytest.mark.slow
def test_the_client_prints_numbers_as_they_come() -> None:
    """Each line is there before the next number is, and the end is told."""
    with serving("02_http_counter/labs/live_count.py", LOOPBACK) as server:
        command = [sys.executable, "-u", FOLLOW, f"{server.target}numbers"]
        with Popen(command, stdout=PIPE, stderr=PIPE, text=True) as client:
            assert client.stdout
            assert client.stderr
            assert client.stdout.readline() == "0\n"
            for number in (1, 2):
                ask(server)
                assert client.stdout.readline() == f"{number}\n"
            server.process.kill()
            assert client.stderr.read() == "The stream has ended.\n"
            assert client.wait(TIME_LIMIT) == 1


@pytest.mark.slow
def test_the_client_says_what_is_wrong() -> None:
    """Nobody there, no stream there: one line, and status 1."""
    with serving("02_http_counter/labs/number_stream.py", LOOPBACK) as server:
        wrong = [f"{server.target}no", "http://127.0.0.1:1/", "nonsense"]
        results = run_at_once(*([FOLLOW, url] for url in wrong))
    for url, result in zip(wrong, results, strict=True):
        assert complaint_of(result).startswith(f"Cannot watch {url}: ")


@pytest.mark.slow
def test_what_waits_for_a_slow_client_is_bounded() -> None:
    """Step 1 keeps all numbers, step 2 keeps 64 KiB and gives up."""
    table = table_of(run("02_http_counter/labs/stuck_watcher.py").stdout)
    (first, second), dropped_after = table.values()
    assert int(first) > 10 * int(second)
    assert int(second) <= 65
    assert dropped_after == ["no", "yes"]


@pytest.mark.slow
@real_sockets(seconds=20)
async def test_a_reader_that_stops_costs_the_others_nothing() -> None:
    """On real sockets, too: one number waits, and the other client has them all."""
    from twisted.internet import reactor

    site = LiveSite(IReactorTime(reactor))
    numbers = site.resource.children[b"numbers"]
    assert isinstance(numbers, LiveNumbers)
    port = await serverFromString(reactor, LOOPBACK).listen(site)
    stuck, reader = socket.socket(), socket.socket()
    with contextlib.closing(stuck), contextlib.closing(reader):
        for client in (stuck, reader):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            client.connect((port.getHost().host, port.getHost().port))
            client.sendall(WATCH)
            client.settimeout(0)
        while len(numbers.watchers) < 2:
            await next_turn()
        heard = b""
        number = 10**3999  # 4 KiB of digits: the buffers of the system are large
        while not any(watcher.deadline for watcher in numbers.watchers):
            number += 1
            numbers.tell(number)
            while not heard.endswith(b"%d\n\n\r\n" % number):
                await next_turn()
                with contextlib.suppress(BlockingIOError):
                    heard = heard[-8192:] + reader.recv(64 * 1024)
        [slow] = [watcher for watcher in numbers.watchers if watcher.deadline]
        for _ in range(1000):
            number += 1
            numbers.tell(number)
        assert slow.newest == b"data: %d\n\n" % number
    numbers.beat.stop()
    while numbers.watchers:
        await next_turn()
    await port.stopListening()
