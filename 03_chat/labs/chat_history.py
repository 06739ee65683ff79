"""A chat that shows newcomers to a channel the last lines that were said there."""

from collections import deque
from datetime import UTC, datetime

from chat_commands import Chat, Client, deliver
from twisted.enterprise.adbapi import ConnectionPool, Transaction
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import Logger

log = Logger()


class RememberingChat(Chat):
    """The stage's chat with a history: memory answers, and a database keeps a copy."""

    LINES = 20  # of each channel
    CHANNELS = 1000  # that have a history; one more, and the most silent loses its own

    def __init__(self, database: ConnectionPool, clock: IReactorTime) -> None:
        """Starts without a history; `load` reads it."""
        super().__init__()
        self.database = database
        self.clock = clock
        self.history: dict[str, deque[str]] = {}  # the channel that spoke last is last
        self.unsaved: set[str] = set()  # channels
        self.saving = False
        self.failing = False  # the log says that nothing can be saved

    async def load(self) -> None:
        """Reads the history of all channels."""
        for channel, lines in await self.database.runInteraction(read):
            self.history[channel] = deque(lines.split("\n"), self.LINES)

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client`, and shows it what was said in `channel`."""
        super().join(client, channel)
        for line in self.history.get(channel, ()):
            deliver(line, [client])

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members, and remembers it."""
        super().publish(client, channel, text)
        time = datetime.fromtimestamp(self.clock.seconds(), UTC)
        lines = self.history.pop(channel, deque(maxlen=self.LINES))
        lines.append(f"[{time:%Y-%m-%d %H:%M}Z] {channel} <{client.nick}> {text}")
        self.history[channel] = lines
        self.unsaved.add(channel)
        if len(self.history) > self.CHANNELS:
            silent = next(iter(self.history))
            del self.history[silent]
            self.unsaved.discard(silent)
        if not self.saving:
            Deferred.fromCoroutine(self.save_all())

    async def save_all(self) -> None:
        """Saves what is unsaved, and then what was said meanwhile."""
        self.saving = True
        while self.unsaved and await self.save():
            pass
        self.saving = False

    async def save(self) -> bool:
        """Saves what is unsaved now. If that fails, the next line tries again."""
        names, self.unsaved = self.unsaved, set()
        rows = [(n, "\n".join(ls)) for n, ls in self.history.items() if n in names]
        try:
            await self.database.runInteraction(write, rows, self.CHANNELS)
        except Exception as why:  # a full disk, a locked file
            self.unsaved |= names & self.history.keys()
            if not self.failing:
                log.warn("cannot save the history: {why}", why=why)
            self.failing = True
            return False
        if self.failing:
            log.warn("the history is saved again")
        self.failing = False
        return True


def read(sql: Transaction) -> list[tuple[str, str]]:
    """Returns the channels and their lines. Runs in the database's thread."""
    sql.execute("CREATE TABLE IF NOT EXISTS history (channel TEXT UNIQUE, lines TEXT)")
    sql.execute("SELECT channel, lines FROM history ORDER BY rowid")
    rows: list[tuple[str, str]] = sql.fetchall()
    return rows


def write(sql: Transaction, rows: list[tuple[str, str]], most: int) -> None:
    """Saves the lines of some channels, and keeps the `most` channels saved last."""
    sql.executemany("REPLACE INTO history VALUES (?, ?)", rows)  # with a new rowid
    sql.execute(
        "DELETE FROM history WHERE rowid NOT IN"
        " (SELECT rowid FROM history ORDER BY rowid DESC LIMIT ?)",
        (most,),
    )


async def open_chat(
    reactor: IReactorCore, file: str, kind: type[RememberingChat] = RememberingChat
) -> RememberingChat:
    """Returns a chat with the history in `file`, which it goes on to write."""
    database = ConnectionPool(
        "sqlite3",
        file,
        timeout=1,  # second, if another program has locked the file
        check_same_thread=False,  # the reactor's thread closes what another has opened
        cp_min=1,
        cp_max=1,  # one thread writes the lines in their order
        cp_reactor=reactor,
    )
    chat = kind(database, IReactorTime(reactor))
    await chat.load()
    last = ("before", "shutdown", lambda: Deferred.fromCoroutine(chat.save()))
    reactor.addSystemEventTrigger(*last)
    return chat
