"""Tests that tell a good chat from a bad one: your turn is at the end."""

from chat_commands import Chat
from chat_server import ChatFactory, ChatProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase


class Person:
    """Somebody in the chat."""

    def __init__(self, factory: ChatFactory, nick: str) -> None:
        """Connects, as the reactor does it, and takes a nick."""
        self.transport = StringTransport()
        self.protocol = ChatProtocol()
        self.protocol.factory = factory
        self.protocol.makeConnection(self.transport)
        self.says(f"/nick {nick}")

    def says(self, line: str) -> None:
        """Sends a line."""
        self.protocol.dataReceived(f"{line}\n".encode())

    def reads(self) -> list[str]:
        """Returns the lines that have come since it was last called."""
        text: str = self.transport.value().decode()
        self.transport.clear()
        return text.splitlines()

    def goes(self) -> None:
        """Ends the connection, as the reactor does it."""
        self.protocol.connectionLost(Failure(ConnectionDone()))


class ChatTests(SynchronousTestCase):
    """Three people in a chat, which should be a good one."""

    server: type[Chat] = Chat  # the bad ones will take its place

    def setUp(self) -> None:
        """Brings Alice, Bob and Carol into #lobby, and forgets what they have read."""
        factory = ChatFactory(Clock())
        factory.chat = self.server()
        people = [Person(factory, nick) for nick in ["Alice", "Bob", "Carol"]]
        self.alice, self.bob, self.carol = people
        for person in people:
            person.reads()

    def test_publishes_to_the_members(self) -> None:
        """All three read once what Alice publishes."""
        self.alice.says("/msg #lobby hello")
        for person in [self.alice, self.bob, self.carol]:
            self.assertEqual(person.reads(), ["#lobby <Alice> hello"])

    # Your turn: a test for each rule.
