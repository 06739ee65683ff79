"""A chat that remembers, without a network: one story a test."""

import sqlite3
from collections.abc import Callable

from chat_history import RememberingChat
from chat_server import ChatFactory
from twisted.enterprise.adbapi import ConnectionPool
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from tests.stages import test_chat_server
from tests.stages.test_chat_server import Client

NOON = 1_790_000_000 // 86_400 * 86_400 + 12 * 3600
STAMP = "[2026-09-21 12:00Z]"


class Disk(ConnectionPool):
    """A real database in memory, which works at once or when a test lets it."""

    def __init__(self) -> None:
        """Starts empty and quick, without adbapi's thread."""
        self.sql = sqlite3.connect(":memory:")
        self.slow = False
        self.waiting: list[Deferred[None]] = []

    def runInteraction(
        self, work: Callable[..., object], *arguments: object
    ) -> Deferred[object]:
        """Works in one transaction, as adbapi does."""

        def transact(_: None) -> object:
            with self.sql:
                return work(self.sql.cursor(), *arguments)

        asked: Deferred[None] = Deferred()
        self.waiting.append(asked)
        result = asked.addCallback(transact)
        if not self.slow:
            self.goes_on()
        return result

    def goes_on(self) -> None:
        """Does what it was asked so far."""
        asked, self.waiting = self.waiting, []
        for deferred in asked:
            deferred.callback(None)

    def is_full(self, *, full: bool) -> None:
        """Takes no more pages from now on, or as many as one likes."""
        [[pages]] = self.sql.execute("PRAGMA page_count")
        self.sql.execute(f"PRAGMA max_page_count = {pages if full else 1000}")


class Server:
    """A server that remembers, started on a disk that may have a history."""

    def __init__(self, case: SynchronousTestCase, disk: Disk) -> None:
        """Starts it at noon."""
        self.clock = Clock()
        self.clock.advance(NOON)
        self.factory = ChatFactory(self.clock)
        self.chat = RememberingChat(disk, self.clock)
        self.factory.chat = self.chat
        case.successResultOf(Deferred.fromCoroutine(self.chat.load()))

    def client(self, nick: str) -> Client:
        """Connects a client that is called so."""
        client = Client(self.factory)
        client.says(f"/nick {nick}")
        return client

    def newcomer(self, channel: str = "#lobby") -> list[str]:
        """Returns what somebody reads who joins `channel`, after the news of it."""
        client = Client(self.factory)
        if channel != "#lobby":
            client.reads()
            client.says(f"/join {channel}")
        lines = client.reads()
        news = f"* {client.protocol.nick} has joined {channel}"
        client.goes()
        return lines[lines.index(news) + 1 :]


class HistoryCase(SynchronousTestCase):
    """Gives each test a disk, a server, and ann in #lobby."""

    def setUp(self) -> None:
        """Starts the server."""
        self.disk = Disk()
        self.addCleanup(self.disk.sql.close)
        self.server = Server(self, self.disk)
        self.ann = self.server.client("ann")
        self.ann.reads()

    def after_a_restart(self, channel: str = "#lobby") -> list[str]:
        """Returns what a newcomer reads on a new server with the same disk."""
        return Server(self, self.disk).newcomer(channel)


class StageTests(test_chat_server.CommandTests):
    """A server that remembers does all that the stage's does."""

    def setUp(self) -> None:
        """Starts it."""
        super().setUp()
        disk = Disk()
        self.addCleanup(disk.sql.close)
        self.factory = Server(self, disk).factory
        assert isinstance(self.factory.clock, Clock)
        self.clock = self.factory.clock


class HistoryTests(HistoryCase):
    """What is remembered, and who reads it."""

    def test_shows_a_newcomer_what_was_said(self) -> None:
        """Each line comes with its time, in order, and to the newcomer alone."""
        self.ann.says("/msg #lobby one", "/msg #lobby żółw")
        self.server.clock.advance(61)
        self.ann.says("/msg #lobby three")
        self.ann.reads()
        self.assertEqual(
            self.server.newcomer(),
            [
                f"{STAMP} #lobby <ann> one",
                f"{STAMP} #lobby <ann> żółw",
                "[2026-09-21 12:01Z] #lobby <ann> three",
            ],
        )
        self.assertEqual(
            self.ann.reads(),
            ["* guest2 has joined #lobby", "* guest2 has left #lobby"],
        )

    def test_a_channel_remembers_its_own_lines(self) -> None:
        """It keeps them when all have left, but no private line and no refused one."""
        self.ann.says("/join #tea", "/msg #TEA milk?", "/leave #tea", "/msg ann psst")
        self.ann.says("/msg #tea I have left", "/nick anna")
        self.assertEqual(self.server.newcomer("#tea"), [f"{STAMP} #tea <ann> milk?"])
        self.assertEqual(self.server.newcomer(), [])

    def test_keeps_the_last_lines(self) -> None:
        """A channel has twenty, in memory and on the disk."""
        self.ann.says(*(f"/msg #lobby {number}" for number in range(50)))
        last = [f"{STAMP} #lobby <ann> {number}" for number in range(30, 50)]
        self.assertEqual(self.server.newcomer(), last)
        self.assertEqual(self.after_a_restart(), last)
        rows = self.disk.sql.execute("SELECT lines FROM history").fetchall()
        self.assertEqual(rows, [("\n".join(last),)])
        restarted = Server(self, self.disk)
        restarted.client("bob").says("/msg #lobby 50")
        self.assertEqual(restarted.newcomer()[:-1], last[1:])

    def test_keeps_the_channels_that_spoke_last(self) -> None:
        """One too many, and the channel that was silent longest is forgotten."""
        self.patch(RememberingChat, "CHANNELS", 2)
        self.ann.says("/join #a", "/join #b")
        self.ann.says("/msg #a 1", "/msg #lobby 1", "/msg #a 2", "/msg #b 1")
        for newcomer in (self.server.newcomer, self.after_a_restart):
            self.assertEqual(newcomer("#lobby"), [])
            self.assertEqual(len(newcomer("#a")), 2)
            self.assertEqual(len(newcomer("#b")), 1)
        restarted = Server(self, self.disk)
        restarted.client("bob").says("/msg #lobby 2")
        self.assertEqual(restarted.newcomer("#a"), [])
        self.assertEqual(len(restarted.newcomer("#b")), 1)

    def test_is_there_after_a_restart(self) -> None:
        """A new server shows the same, and goes on with it."""
        self.ann.says("/msg #lobby one")
        self.assertEqual(self.after_a_restart(), [f"{STAMP} #lobby <ann> one"])
        Server(self, self.disk).client("bob").says("/msg #lobby two")
        self.assertEqual(
            self.after_a_restart(),
            [f"{STAMP} #lobby <ann> one", f"{STAMP} #lobby <bob> two"],
        )


class DiskTests(HistoryCase):
    """A disk that is slow, or full."""

    def test_nobody_waits_for_the_disk(self) -> None:
        """Lines are delivered, and a newcomer reads them, before any is written."""
        self.disk.slow = True
        for number in range(100):
            self.ann.says(f"/msg #lobby {number}")
            self.assertEqual(self.ann.reads(), [f"#lobby <ann> {number}"])
        self.assertEqual(len(self.server.newcomer()), 20)
        self.assertEqual(self.disk.sql.execute("SELECT * FROM history").fetchall(), [])

    def test_what_waits_for_the_disk_is_bounded(self) -> None:
        """There is one write at a time; the next one has all that was said since."""
        self.patch(RememberingChat, "CHANNELS", 3)
        self.disk.slow = True
        for number in range(10):
            self.ann.says(f"/join #{number}", f"/msg #{number} x", f"/leave #{number}")
            self.assertEqual(len(self.disk.waiting), 1)
            self.assertLessEqual(len(self.server.chat.unsaved), 3)
        self.disk.goes_on()
        self.assertEqual(len(self.disk.waiting), 1)
        self.disk.goes_on()
        self.assertEqual(self.disk.waiting, [])
        self.disk.slow = False
        self.assertEqual(self.after_a_restart("#9"), [f"{STAMP} #9 <ann> x"])
        self.assertEqual(self.after_a_restart("#0"), [])

    def test_a_full_disk_costs_nobody_a_line(self) -> None:
        """The log says it once; the history goes on in memory."""
        long = "x" * 490
        with capturedLogs() as logged:
            self.disk.is_full(full=True)
            for _ in range(20):
                self.ann.says(f"/msg #lobby {long}")
                self.assertEqual(self.ann.reads(), [f"#lobby <ann> {long}"])
        self.assertEqual(len(self.server.newcomer()), 20)
        [event] = logged
        self.assertIn("full", str(event["why"]))

    def test_a_disk_with_room_again_gets_all(self) -> None:
        """The next line, of any channel, saves what could not be saved before."""
        self.ann.says("/join #tea")
        self.disk.is_full(full=True)
        self.ann.says(*(["/msg #tea " + "x" * 490] * 20))
        self.disk.is_full(full=False)
        with capturedLogs() as logged:
            self.ann.says("/msg #lobby hello", "/msg #lobby hello")
        self.assertEqual(
            [event["log_format"] for event in logged], ["the history is saved again"]
        )
        self.assertEqual(len(self.after_a_restart("#tea")), 20)
        self.assertEqual(len(self.after_a_restart()), 2)
