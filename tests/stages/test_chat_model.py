"""Compares the chat with a model of it, in long conversations that Hypothesis invents.

The model says in a few plain lines what each client must read. Hypothesis makes up
conversations of several clients; when one goes otherwise than the model says, it
looks for the shortest that still does, and prints it as a program.
"""

from channels import Channels
from chat_commands import COMMANDS
from chat_server import ChatFactory
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock

from tests.stages.test_chat_server import Client

NICKS = st.sampled_from(["ann", "Ann", "bob", "guest1", "GUEST2", "guest3"])
CHANNELS = st.sampled_from(["#lobby", "#a", "#A", "#b"])
TEXTS = st.sampled_from(["hi", "a  b", "/nick ann", "* bob has left #a", "✓ \u00a0"])
JUNK = st.sampled_from(
    ["", "hi", "/nick", "/nick a b", "/join a", "/leave", "/msg #a", "/join #\x00"]
)
SIZES = st.integers(1, 20)  # bytes in each piece of a line


class Model(Client):
    """A client as the model sees it, and its real connection."""

    def __init__(self, factory: ChatFactory, nick: str) -> None:
        """Connects, under a guest's nick."""
        super().__init__(factory)
        self.nick = nick
        self.expected: list[str] = []


class ConversationMachine(RuleBasedStateMachine):
    """The things that can happen in a chat, and who must read what then."""

    clients: Bundle[Model] = Bundle("clients")

    def __init__(self) -> None:
        """Opens a chat."""
        super().__init__()
        self.factory = ChatFactory(Clock())
        self.here: list[Model] = []
        self.members: dict[str, list[Model]] = {}
        self.guests = 0

    def send(self, client: Model, line: str, size: int) -> None:
        """Sends a line to the server in pieces of `size` bytes."""
        data = f"{line}\r\n".encode()
        for start in range(0, len(data), size):
            client.sends(data[start : start + size])

    def expect(self, line: str, *readers: Model) -> None:
        """Has the model's readers read `line`, once each."""
        for reader in dict.fromkeys(readers):
            reader.expected.append(line)

    def called(self, nick: str) -> list[Model]:
        """Returns the client with that nick, if there is one."""
        return [c for c in self.here if c.nick.lower() == nick.lower()]

    @rule(target=clients)
    def connect(self) -> Model:
        """Somebody comes, and is in #lobby under the next free guest nick."""
        self.guests += 1
        while self.called(f"guest{self.guests}"):
            self.guests += 1
        client = Model(self.factory, f"guest{self.guests}")
        self.here.append(client)
        lobby = self.members.setdefault("#lobby", [])
        lobby.append(client)
        self.expect(f"* You are {client.nick}", client)
        self.expect(f"* Say {COMMANDS}", client)
        self.expect(f"* {client.nick} has joined #lobby", *lobby)
        return client

    @rule(
        client=consumes(clients),
        unfinished=st.sampled_from([b"", b"/msg #lobby half a li"]),
        half_closes=st.booleans(),
        reason=st.sampled_from([ConnectionDone(), ConnectionLost()]),
    )
    def disconnect(
        self, client: Model, unfinished: bytes, *, half_closes: bool, reason: Exception
    ) -> None:
        """Somebody goes, in one way or another, and perhaps in the middle of a line."""
        self.here.remove(client)
        for channel in sorted(self.members):
            if client in self.members[channel]:
                self.members[channel].remove(client)
                line = f"* {client.nick} has left {channel}"
                self.expect(line, *self.members[channel])
        client.sends(unfinished)
        if half_closes:
            client.protocol.readConnectionLost()
        client.goes(reason)

    @rule(client=clients, nick=NICKS, size=SIZES)
    def nick(self, client: Model, nick: str, size: int) -> None:
        """Somebody wants another nick."""
        if self.called(nick) in ([], [client]):
            groups = [m for m in self.members.values() if client in m]
            line = f"* {client.nick} is now known as {nick}"
            self.expect(line, client, *(c for group in groups for c in group))
            client.nick = nick
        else:
            self.expect(f"error: {nick} is taken, choose another nick", client)
        self.send(client, f"/nick {nick}", size)

    @rule(client=clients, channel=CHANNELS, size=SIZES)
    def join(self, client: Model, channel: str, size: int) -> None:
        """Somebody joins a channel, or is there already."""
        name = channel.lower()
        members = self.members.setdefault(name, [])
        if client in members:
            self.expect(f"error: you are in {name} already", client)
        else:
            members.append(client)
            self.expect(f"* {client.nick} has joined {name}", *members)
        self.send(client, f"/join {channel}", size)

    @rule(client=clients, channel=CHANNELS, size=SIZES)
    def leave(self, client: Model, channel: str, size: int) -> None:
        """Somebody leaves a channel, or was not there."""
        name = channel.lower()
        members = self.members.setdefault(name, [])
        if client in members:
            self.expect(f"* {client.nick} has left {name}", *members)
            members.remove(client)
        else:
            self.expect_stranger(client, name)
        self.send(client, f"/leave {channel}", size)

    @rule(client=clients, channel=CHANNELS, text=TEXTS, size=SIZES)
    def publish(self, client: Model, channel: str, text: str, size: int) -> None:
        """Somebody writes to a channel."""
        name = channel.lower()
        members = self.members.setdefault(name, [])
        if client in members:
            self.expect(f"{name} <{client.nick}> {text}", *members)
        else:
            self.expect_stranger(client, name)
        self.send(client, f"/msg {channel} {text}", size)

    def expect_stranger(self, client: Model, channel: str) -> None:
        """Has somebody read how to get into a channel."""
        hint = f"you are not in {channel}, /join {channel} takes you there"
        self.expect(f"error: {hint}", client)

    @rule(client=clients, nick=NICKS, text=TEXTS, size=SIZES)
    def whisper(self, client: Model, nick: str, text: str, size: int) -> None:
        """Somebody writes to one person, who may not be there."""
        readers = self.called(nick)
        if readers:
            self.expect(f"<{client.nick}> {text}", client, *readers)
        else:
            self.expect(f"error: nobody here is called {nick}", client)
        self.send(client, f"/msg {nick} {text}", size)

    @rule(client=clients, junk=JUNK, size=SIZES)
    def junk(self, client: Model, junk: str, size: int) -> None:
        """Somebody sends what is no command."""
        client.reads()
        self.send(client, junk, size)
        [answer] = client.reads()
        assert answer.startswith("error: ")

    @invariant()
    def everyone_reads_what_the_model_says(self) -> None:
        """Each client has read these lines, and no others."""
        for client in self.here:
            assert client.reads() == client.expected
            client.expected.clear()

    @invariant()
    def nothing_is_kept_of_those_who_are_gone(self) -> None:
        """The server knows as many clients as there are; with the last, all goes."""
        chat = self.factory.chat
        assert len(chat.clients) == len(self.here)
        if not self.here:
            assert vars(chat.channels) == vars(Channels())


ConversationTests = ConversationMachine.TestCase
# The same conversations each time, so that the tests pass or fail for everyone; no
# files, and no limit on a single step, which a busy machine would break.
ConversationTests.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
)
