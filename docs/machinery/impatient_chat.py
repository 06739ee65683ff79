"""The chat with a patience so small that a picture can show its end."""

from chat_server import ChatFactory, ChatProtocol


class ImpatientProtocol(ChatProtocol):
    """A chat client's connection whose outbox holds next to nothing."""

    def connectionMade(self) -> None:
        """Lets 100 bytes wait instead of 256 KiB."""
        super().connectionMade()
        self.outbox.LIMIT = 100


class ImpatientChat(ChatFactory):
    """Makes such connections."""

    protocol = ImpatientProtocol
