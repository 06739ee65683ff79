"""A chat that does not repeat your words to you: your turn is in `publish`."""

from chat_commands import Chat, Client, deliver


class QuietChat(Chat):
    """The chat of this stage, in which nobody reads what they have just typed."""

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`."""
        members = self.members_with(client, channel)
        # Your turn: to the others.
        deliver(f"{channel} <{client.nick}> {text}", members)
