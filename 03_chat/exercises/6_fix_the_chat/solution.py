"""A chat with rooms: a guest is in one of them, and hears what is said there."""

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class Guest(LineReceiver):
    """The connection of one guest."""

    delimiter = b"\n"
    transport: ITCPTransport
    factory: "House"
    name: str
    room = "hall"

    def connectionMade(self) -> None:
        """Lets the guest in, under a name of its own."""
        self.name = f"guest{self.transport.getPeer().port}"
        self.factory.guests.add(self)
        self.tell(f"You are {self.name}, in the {self.room}.")

    def lineReceived(self, line: bytes) -> None:
        """Does what `line` says, or says it to the room."""
        text = line.removesuffix(b"\r").decode(errors="replace")
        match text.split(" ", maxsplit=1):
            case ["/name", name]:
                self.name = name
                self.tell(f"You are {self.name}, in the {self.room}.")
            case ["/go", room]:
                self.room = room
                self.tell(f"You are {self.name}, in the {self.room}.")
            case _:
                self.factory.say(f"{self.name}: {text}", self.room)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forgets the guest, and tells the room."""
        self.factory.guests.remove(self)
        self.factory.say(f"{self.name} has gone.", self.room)

    def tell(self, text: str) -> None:
        """Sends a line to this guest."""
        self.sendLine(text.encode())


class House(Factory[Guest]):
    """Makes a guest of each connection, and knows all guests."""

    protocol = Guest

    def __init__(self) -> None:
        """Opens an empty house."""
        self.guests: set[Guest] = set()

    def say(self, text: str, room: str) -> None:
        """Sends a line to all guests in `room`."""
        for guest in self.guests:
            if guest.room == room:
                guest.tell(text)
