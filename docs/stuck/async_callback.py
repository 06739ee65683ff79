"""Should answer, and doesn't."""

from loopback import say
from twisted.internet.protocol import Protocol


class Greeter(Protocol):
    async def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"hello\n")


say(b"hi\n", Greeter)
