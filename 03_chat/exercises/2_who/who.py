"""A chat that tells who is in a channel: your turn is in `obey` and `who`."""

import re

from chat_commands import Chat, Client


class WhoChat(Chat):
    """The chat of this stage, with one more command."""

    def obey(self, client: Client, line: str) -> None:
        """Does what `line` says; raises CommandError if that is not possible."""
        match re.split(" +", line.strip(" ")):
            case ["/who", channel]:
                self.who(client, channel)
            case _:
                super().obey(client, line)

    def who(self, client: Client, channel: str) -> None:
        """Tells `client` who is in `channel`, which is as it was typed."""
        # Your turn: how does `Chat` treat a name that was typed, and who may ask?
