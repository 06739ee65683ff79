"""A chat that does not repeat your words to you."""

from chat_commands import Chat, Client, deliver


class QuietChat(Chat):
    """The chat of this stage, in which nobody reads what they have just typed."""

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`, except `client`."""
        members = self.members_with(client, channel)
        deliver(f"{channel} <{client.nick}> {text}", members - {client})
