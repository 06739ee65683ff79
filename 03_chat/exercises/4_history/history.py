"""A chat whose lobby remembers: your turn is in three places."""

from chat_commands import Chat, Client, deliver

LINES = 3  # the lobby remembers this many


class HistoryChat(Chat):
    """The chat of this stage, in which latecomers learn what was said in #lobby."""

    def __init__(self) -> None:
        """Starts with nobody, and nothing said."""
        super().__init__()
        # Your turn: where do the lines wait?

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`."""
        members = self.members_with(client, channel)
        line = f"{channel} <{client.nick}> {text}"
        deliver(line, members)
        # Your turn: does the lobby remember it?

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client`, by `/join` or because it is new in the chat."""
        super().join(client, channel)
        # Your turn: what has it missed?
