"""A chat whose channels have topics: your turn is in three places."""

import re

from channels import Channels
from chat_commands import Chat, Client, fold_channel


class TopicChannels(Channels[Client]):
    """Who is in which channel."""

    def leave(self, member: Client, channel: str) -> None:
        """Unsubscribes `member`, which has left, or has lost its connection."""
        super().leave(member, channel)
        # Your turn: what if that was the last one?


class TopicChat(Chat):
    """The chat of this stage, with one more command."""

    channels: TopicChannels

    def __init__(self) -> None:
        """Starts with nobody."""
        super().__init__()
        self.channels = TopicChannels()

    def obey(self, client: Client, line: str) -> None:
        """Does what `line` says; raises CommandError if that is not possible."""
        match re.split(" +", line.strip(" "), maxsplit=2):
            case ["/topic", channel, text]:
                self.set_topic(client, fold_channel(channel), text)
            case _:
                super().obey(client, line)

    def set_topic(self, client: Client, channel: str, text: str) -> None:
        """Tells the members of `channel` what it is about from now on."""
        self.members_with(client, channel)
        # Your turn: tell them, and remember it for those who come later.

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client`, by `/join` or because it is new in the chat."""
        super().join(client, channel)
        # Your turn: tell it what `channel` is about.
