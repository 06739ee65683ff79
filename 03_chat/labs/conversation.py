"""What a person types into a chat, and what the chat's lines mean to them."""

import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from zlib import crc32

from chat_commands import NAME
from input_line import InputLine

HELP = """\
* What you type is said in the channel that stands before it. Also:
  /channel #NAME         speak there. On an empty line, Tab takes you to the next one
  /msg NAME TEXT         tell one person alone
  /nick NAME, /join #CHANNEL, /leave #CHANNEL
  /quit                  or Ctrl-C, or Ctrl-D
* Tab completes names. Up shows what you have typed before."""

COMMANDS = ["/channel", "/help", "/join", "/leave", "/msg", "/nick", "/quit"]
SAID = re.compile(r"(?:\[([\d :-]+Z)\] )?(#\S+) <(\S+)> (.*)")
TOLD = re.compile(r"<(\S+)> (.*)")
COLORS = [31, 32, 35, 36]  # red, green, magenta, cyan: on black and on white


class Conversation(InputLine):
    """Outlives each connection: the name, the channels, and the line being typed."""

    NAMES = 200  # to complete, or to wait for an answer about

    def __init__(self, columns: Callable[[], int], *, colors: bool) -> None:
        """Starts without a connection."""
        super().__init__(columns)
        self.colors = colors
        self.send_line: Callable[[bytes], None] | None = None  # to the server
        self.nick = ""  # as the server says
        self.chosen = ""  # as one has chosen
        self.channels: list[str] = []
        self.current = ""
        self.going = "#lobby"  # to be the current one, when the server says so
        self.names: dict[str, None] = {}  # the one that was heard last is last
        self.told: deque[tuple[str, str]] = deque(maxlen=self.NAMES)  # whom, and what

    @property
    def prompt(self) -> str:
        """The text before the line."""
        return f"{self.current if self.send_line else 'no connection'}> "

    def lineReceived(self, line: str) -> bool:
        """Carries out a typed line; returns False if there is no connection."""
        match re.split(" +", line.strip(" "), maxsplit=2):
            case ["/quit"]:
                self.close()
                return True
            case ["/help"]:
                self.show(HELP)
                return True
            case ["/channel", name]:
                self.going = f"#{name.lower().removeprefix('#')}"
                if self.going in self.channels:
                    self.current = self.going
                    return True
                line = f"/join {self.going}"
            case ["/join", channel]:
                self.going = channel.lower()
            case ["/msg", name, text] if re.fullmatch(NAME, name):
                self.told.append((name, text))
            case [word, *_] if word[0] != "/":
                line = f"/msg {self.current or '#lobby'} {line}"
        return self.send(line)

    def send(self, line: str) -> bool:
        """Sends a line, if there is a connection."""
        if self.send_line:
            self.send_line(line.encode())
        return self.send_line is not None

    def complete(self, text: str) -> list[str]:
        """Returns what Tab makes of `text`. If it's empty, goes to another channel."""
        if not text:
            if self.current:
                others = self.channels * 2
                self.current = others[others.index(self.current) + 1]
            return []
        start, space, word = text.rpartition(" ")
        words = [*(() if space else COMMANDS), *self.channels, *self.names]
        fitting = [w for w in words if w.lower().startswith(word.lower())]
        return [f"{start}{space}{word} " for word in sorted(fitting, key=str.lower)]

    def read(self, line: str) -> None:
        """Notes what a line from the server says, and shows it."""
        match line.split(" "):
            case ["*", "You", "are", nick]:
                self.begin(nick)
            case ["*", "Say", *_]:
                line = "* Say something, or /help"
            case ["*", "In", _, *nicks]:  # which web_chat.py says
                for nick in nicks:
                    self.hear(nick.rstrip(","))
            case ["*", nick, "has", "joined" | "left" as what, channel]:
                self.moved(nick, what, channel)
            case ["*", old, "is", "now", "known", "as", new]:
                self.names.pop(old, None)
                if old == self.nick:
                    self.nick = self.chosen = new
                else:
                    self.hear(new)
            case ["error:", "nobody", "here", "is", "called", name]:
                self.told = deque((t for t in self.told if t[0] != name), self.NAMES)
        self.show(self.readable(line))

    def begin(self, nick: str) -> None:
        """Takes up, on a new connection, what the last one had."""
        self.nick = nick
        self.told.clear()
        if self.chosen:
            self.send(f"/nick {self.chosen}")
        for channel in self.channels:
            if channel != "#lobby":
                self.send(f"/join {channel}")
        if self.channels and "#lobby" not in self.channels:
            self.send("/leave #lobby")

    def moved(self, nick: str, what: str, channel: str) -> None:
        """Notes who has joined or left a channel."""
        if nick != self.nick:
            self.names.pop(nick, None)
            if what == "joined":
                self.hear(nick)
        elif what == "joined":
            if channel not in self.channels:
                self.channels.append(channel)
            if channel == self.going:
                self.current, self.going = channel, ""
        elif channel in self.channels:
            self.channels.remove(channel)
            if channel == self.current:
                self.current = (self.channels or [""])[-1]

    def hear(self, nick: str) -> None:
        """Notes a name, for Tab."""
        self.names.pop(nick, None)
        self.names[nick] = None
        if len(self.names) > self.NAMES:
            del self.names[next(iter(self.names))]

    def readable(self, line: str) -> str:
        """Returns a line with local time, with directions and with colors."""
        if said := SAID.fullmatch(line):
            time, channel, nick, text = said.groups()
            self.hear(nick)
            return f"{local(time)}{channel} <{self.painted(nick)}> {text}"
        if told := TOLD.fullmatch(line):
            nick, text = told.groups()
            if nick != self.nick:
                self.hear(nick)
                return f"<- {self.painted(nick)}: {text}"
            for name, words in self.told:
                if words == text:
                    self.told.remove((name, words))
                    return f"-> {self.painted(name)}: {text}"
        return line

    def painted(self, nick: str) -> str:
        """Returns a name in its color, which a few others may have as well."""
        color = COLORS[crc32(nick.encode()) % len(COLORS)]
        return f"\x1b[{color}m{nick}\x1b[0m" if self.colors else nick


def local(time: str | None) -> str:
    """Returns the server's time, which is UTC, as clocks here show it."""
    with suppress(TypeError, ValueError, OverflowError):
        return f"[{datetime.fromisoformat(time or '').astimezone():%Y-%m-%d %H:%M}] "
    return ""
