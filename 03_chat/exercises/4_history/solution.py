"""A chat whose lobby remembers."""

from collections import deque

from chat_commands import Chat, Client, deliver

LINES = 3  # the lobby remembers this many


class HistoryChat(Chat):
    """The chat of this stage, in which latecomers learn what was said in #lobby."""

    def __init__(self) -> None:
        """Starts with nobody, and nothing said."""
        super().__init__()
        self.history: deque[str] = deque(maxlen=LINES)  # a full one drops its oldest

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`, and has the lobby remember it."""
        members = self.members_with(client, channel)
        line = f"{channel} <{client.nick}> {text}"
        deliver(line, members)
        if channel == "#lobby":
            self.history.append(line)

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client`, by `/join` or because it is new in the chat."""
        super().join(client, channel)
        if channel == "#lobby":
            for line in self.history:
                deliver(line, [client])
