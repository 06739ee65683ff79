"""A chat with rooms, and five faults: your turn is to find and fix them."""

# mypy would find two of the faults, so it looks away here: find them by running.
# mypy: ignore-errors

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class Guest(LineReceiver):
    """The connection of one guest."""

    transport: ITCPTransport
    factory: "House"
    name: str
    room = "hall"

    def connectionMade(self) -> None:
        """Lets the guest in, under a name of its own."""
        self.name = f"guest{self.transport.getHost().port}"
        self.factory.guests.add(self)
        self.tell(f"You are {self.name}, in the {self.room}.")

    def lineReceived(self, line: bytes) -> None:
        """Does what `line` says, or says it to the room."""
        match line.split(b" ", maxsplit=1):
            case [b"/name", name]:
                self.name = name.decode()
                self.tell(f"You are {self.name}, in the {self.room}.")
            case [b"/go", room]:
                self.room = room.decode()
                self.tell(f"You are {self.name}, in the {self.room}.")
            case _:
                self.factory.say(f"{self.name}: {line}", self.room)

    def connectionLost(self) -> None:
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
            guest.tell(text)
