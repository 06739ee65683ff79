"""A chat that tells who is in a channel."""

import re

from chat_commands import Chat, Client, deliver, fold_channel


class WhoChat(Chat):
    """The chat of this stage, with one more command."""

    def obey(self, client: Client, line: str) -> None:
        """Does what `line` says; raises CommandError if that is not possible."""
        match re.split(" +", line.strip(" ")):
            case ["/who", channel]:
                self.who(client, fold_channel(channel))
            case _:
                super().obey(client, line)

    def who(self, client: Client, channel: str) -> None:
        """Tells `client` who is in `channel`, if it is a member itself."""
        members = self.members_with(client, channel)
        nicks = sorted((member.nick for member in members), key=str.casefold)
        deliver(f"* {channel}: {', '.join(nicks)}", [client])
