"""A chat in which Alice speaks to herself."""

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport


class Chat(Protocol):
    def connectionMade(self) -> None:
        self.members = [self]

    def dataReceived(self, data: bytes) -> None:
        for member in self.members:
            member.transport.write(data)


factory = Factory.forProtocol(Chat)
alice, bob = factory.buildProtocol(None), factory.buildProtocol(None)
alice.makeConnection(StringTransport())
bob.makeConnection(StringTransport())
alice.dataReceived(b"hello\n")
print("Bob reads", bob.transport.value())
