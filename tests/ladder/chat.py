"""The ladder of stage 3: what a chat server must stand."""

import re
import socket
import time
from contextlib import suppress
from itertools import count
from selectors import EVENT_READ, DefaultSelector
from statistics import median
from threading import Thread
from typing import Self

from tests.ladder.echo import bad_port
from tests.ladder.running import Experiment, Ladder, Outcome, Running
from tests.stage_process import TIME_LIMIT

LINES = 40_000
BATCH = 100
CLIENTS = 50
CROWD = 300  # clients that read
PASTED = 30_000  # lines
TALKS = 10
MILLISECONDS = 20  # half of what TCP may wait for an acknowledgement
PATIENCE = 2  # seconds for a line that some steps never send
tokens = (b"token-%d-" % number for number in count())


class Person:
    """Somebody who talks to everybody, whatever that takes in the server's step."""

    def __init__(self, server: Running) -> None:
        """Connects, and learns from an answer how to talk, and who this is."""
        self.socket = server.connect()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.type(b"hello")
        greeting = self.read_until(b"error: say", b"hello")
        with_channels = b"error: say" in greeting  # there, a plain line is an error
        self.talk = b"/msg #lobby %b" if with_channels else b"%b"
        found = re.search(rb"^\* You are (\S+)", greeting, re.MULTILINE)
        self.nick = found[1] if found else b"nobody"

    def type(self, *lines: bytes) -> None:
        """Sends lines as they are."""
        with suppress(ConnectionError):  # the server has hung up
            self.socket.sendall(b"".join(line + b"\n" for line in lines))

    def say(self, *texts: bytes) -> None:
        """Says something to everybody."""
        self.type(*(self.talk % text for text in texts))

    def read_until(self, *texts: bytes, patience: float = TIME_LIMIT) -> bytes:
        """Returns the lines up to the first with one of `texts`; at the end, all."""
        self.socket.settimeout(patience)
        read = b""
        with suppress(TimeoutError, ConnectionError):
            while True:
                line, end, rest = self.received.partition(b"\n")
                if end:
                    self.received = rest
                    read += line + end
                    if any(text in line for text in texts):
                        break
                elif data := self.socket.recv(64 * 1024):
                    self.received += data
                else:
                    break
        return read

    def catch_up(self, talker: "Person") -> bytes:
        """Returns all that came before something that `talker` says now."""
        token = next(tokens)
        talker.say(token)
        before, _, _ = self.read_until(token).partition(token)
        return before


class Trio:
    """Alice, Bob and Carol, who have read all that was said so far."""

    def __init__(self, server: Running) -> None:
        """Connects them."""
        self.people = [Person(server) for _ in range(3)]

    def __enter__(self) -> list[Person]:
        """Returns them, once each has read what the last one says."""
        token = next(tokens)
        self.people[-1].say(token)
        for person in self.people:
            assert token in person.read_until(token), "nobody hears anybody"
        return self.people

    def __exit__(self, *_: object) -> None:
        """Lets them go."""
        for person in self.people:
            person.socket.close()


def others_hear(server: Running) -> Outcome:
    """Alice says something, and Bob reads it."""
    with Trio(server) as (alice, bob, _):
        alice.say(b"tea?")
        return b"tea?" in bob.read_until(b"tea?"), ""


def knows_who_spoke(server: Running) -> Outcome:
    """Alice says something, and Bob reads her nick with it."""
    with Trio(server) as (alice, bob, _):
        alice.say(b"tea?")
        return b"<%b> tea?" % alice.nick in bob.read_until(b"tea?"), ""


def knows_who_left(server: Running) -> Outcome:
    """Alice hangs up, and Bob reads so, once."""
    with Trio(server) as (alice, bob, carol):
        alice.socket.close()
        left = b"* %b has left" % alice.nick
        read = bob.read_until(left, patience=PATIENCE) + bob.catch_up(carol)
        return read.count(left) == 1, ""


def takes_a_nick(server: Running) -> Outcome:
    """Alice chooses a nick, and Bob reads that, and not the command."""
    with Trio(server) as (alice, bob, _):
        alice.type(b"/nick alice")
        news = b"* %b is now known as alice" % alice.nick
        return news in bob.catch_up(alice), ""


def nonsense(server: Running) -> Outcome:
    """Alice types a command that does not exist: she alone is told."""
    with Trio(server) as (alice, bob, _):
        alice.type(b"/dance")
        told = b"error: " in alice.catch_up(alice)
        return told and b"dance" not in bob.catch_up(alice), ""


def escape_sequence(server: Running) -> Outcome:
    """Alice sends what clears a terminal, in each way there is: nobody gets it."""
    with Trio(server) as (alice, bob, _):
        alice.say(b"\x1b[2J", "\x9b2J".encode())
        alice.type(b"\x1b[2J", b"/nick \x1b[2J", b"/join #\x1b[2J", b"/\x1b[2J")
        read = alice.catch_up(alice) + bob.catch_up(alice)
        return b"\x1b" not in read and "\x9b".encode() not in read, ""


def not_utf8(server: Running) -> Outcome:
    """Alice sends what is not UTF-8: she alone is told, and can go on talking."""
    with Trio(server) as (alice, bob, _):
        alice.say(b"caf\xe9")
        told = b"error: " in alice.catch_up(alice)
        return told and b"caf" not in bob.catch_up(alice), ""


def carriage_return(server: Running) -> Outcome:
    """Alice ends a line as telnet does: Bob reads the same as from anybody."""
    with Trio(server) as (alice, bob, _):
        alice.say(b"tea?\r")
        return bob.read_until(b"tea?").endswith(b"tea?\n"), ""


def elsewhere(server: Running) -> Outcome:
    """Carol goes to another channel, and hears nothing from the lobby."""
    with Trio(server) as (alice, bob, carol):
        carol.type(b"/leave #lobby", b"/join #tea", b"/msg #tea anybody?")
        read = carol.read_until(b"anybody?", patience=PATIENCE)
        at_home = read.endswith(b"#tea <%b> anybody?\n" % carol.nick)
        alice.say(b"milk?")
        bob.read_until(b"milk?")
        carol.type(b"/msg #tea bye")
        read = carol.read_until(b"bye", patience=PATIENCE)
        return at_home and b"milk?" not in read, ""


def never_reads(server: Running) -> Outcome:
    """Carol reads nothing while Alice says much and Bob reads it."""
    with Trio(server) as (alice, bob, _):
        before = server.memory()
        for number in range(LINES // BATCH):
            alice.say(*[b"x" * 480] * (BATCH - 1), b"end of %d" % number)
            alice.read_until(b"end of %d" % number)
            bob.read_until(b"end of %d" % number)
        grown = server.memory() - before
    return grown < LINES * 480 / 1024 / 1024 / 4, f"grew {grown:.0f} MiB"


def half_close(server: Running) -> Outcome:
    """People say something and end their sending at once; each reads it."""
    lost = 0
    for _ in range(CLIENTS):
        person = Person(server)
        person.say(b"goodbye")
        person.socket.shutdown(socket.SHUT_WR)
        lost += b"goodbye" not in person.read_until(b"goodbye")
        person.socket.close()
    return lost == 0, f"{lost} lost"


def long_line(server: Running) -> Outcome:
    """Alice sends a line of 20,000 bytes: she is told, and can go on talking."""
    with Trio(server) as (alice, _bob, _carol):
        alice.say(b"x" * 20_000)
        return b"error: " in alice.catch_up(alice), ""


def no_delay(server: Running) -> Outcome:
    """Alice says two things, then Bob one; measures how long that takes to her."""
    delays = []
    with Trio(server) as (alice, bob, _):
        for _ in range(TALKS):
            alice.catch_up(alice)
            alice.catch_up(alice)
            start = time.monotonic()
            alice.catch_up(bob)
            delays.append((time.monotonic() - start) * 1000)
    return median(delays) < MILLISECONDS, f"{median(delays):.1f} ms"


class Crowd:
    """Clients that read all the time, in a thread of their own."""

    def __init__(self, server: Running) -> None:
        """Connects them."""
        self.clients = [server.connect() for _ in range(CROWD)]
        self.gone = 0
        self.ended = False
        self.selector = DefaultSelector()
        for client in self.clients:
            client.settimeout(0)
            self.selector.register(client, EVENT_READ, client)
        self.thread = Thread(target=self.read)

    def read(self) -> None:
        """Reads whatever comes, and counts those whose connection has ended."""
        while not self.ended:
            for key, _ in self.selector.select(0.1):
                try:
                    data = key.data.recv(64 * 1024)
                except ConnectionError:
                    data = b""
                if not data:
                    self.selector.unregister(key.fileobj)
                    self.gone += 1

    def __enter__(self) -> Self:
        """Starts the thread."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it, and the connections."""
        self.ended = True
        self.thread.join()
        self.selector.close()
        for client in self.clients:
            client.close()


def flood(server: Running) -> Outcome:
    """Alice pastes as much as the server takes; a line of Bob's reaches Carol soon."""
    with Trio(server) as (alice, bob, carol), Crowd(server) as crowd:
        bob.catch_up(bob)  # all of the crowd has been greeted
        paste = b"".join(alice.talk % b"x" + b"\n" for _ in range(PASTED))
        alice.socket.settimeout(0)
        with suppress(BlockingIOError):
            alice.socket.send(paste)
        time.sleep(0.1)  # the flood has arrived
        start = time.monotonic()
        carol.catch_up(bob)
        waited = time.monotonic() - start
    return waited < 0.5 and not crowd.gone, f"{waited:.1f} s"


def too_many_channels(server: Running) -> Outcome:
    """Alice joins a hundred channels, and is stopped at some time."""
    with Trio(server) as (alice, _bob, _carol):
        alice.type(*(b"/join #room%d" % number for number in range(100)))
        joined = alice.catch_up(alice).count(b"has joined #room")
        return 0 < joined < 100, f"{joined} joined"


def private(server: Running) -> Outcome:
    """Alice says something to Bob alone."""
    with Trio(server) as (alice, bob, carol):
        alice.type(b"/msg %b psst" % bob.nick)
        heard = b"<%b> psst" % alice.nick in bob.catch_up(alice)
        return heard and b"psst" not in carol.catch_up(alice), ""


STEPS = [f"03_chat/steps/chat{number}.py" for number in range(1, 8)]
LADDER = Ladder(
    steps=[*STEPS, "03_chat/chat_server.py"],
    experiments=[
        Experiment("Bob reads what Alice says", others_hear),
        Experiment("Bob can tell who spoke", knows_who_spoke),
        Experiment("Bob is told when Alice has gone", knows_who_left),
        Experiment("A client can choose its name", takes_a_nick),
        Experiment("An unknown command is answered to its sender alone", nonsense),
        Experiment("An escape sequence reaches no other terminal", escape_sequence),
        Experiment(
            "Text that is not UTF-8 gets an error, and the chat goes on", not_utf8
        ),
        Experiment(
            "Lines from telnet, with CRLF, look like any others", carriage_return
        ),
        Experiment("Carol, elsewhere, hears nothing of the lobby", elsewhere),
        Experiment(
            f"Carol reads none of {LINES:,} lines: memory stays flat", never_reads
        ),
        Experiment("While Alice floods, Bob's line arrives in half a second", flood),
        Experiment(
            f"Of {CLIENTS} clients that half-close at once, none loses its line",
            half_close,
        ),
        Experiment("A line that is too long is answered", long_line),
        Experiment(f"A line is on its way for less than {MILLISECONDS} ms", no_delay),
        Experiment("A client can join channels, but not a hundred", too_many_channels),
        Experiment("A private message reaches one person alone", private),
        Experiment("A port that does not exist gives one line", bad_port),
    ],
)
