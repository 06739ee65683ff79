"""A chat whose channels have topics."""

import re

from channels import Channels
from chat_commands import Chat, Client, deliver, fold_channel


class TopicChannels(Channels[Client]):
    """Who is in which channel, and what it is about."""

    def __init__(self) -> None:
        """Starts without channels, and so without topics."""
        super().__init__()
        self.topics: dict[str, str] = {}

    def leave(self, member: Client, channel: str) -> None:
        """Unsubscribes `member`, which has left, or has lost its connection."""
        super().leave(member, channel)
        if not self.members(channel):
            self.topics.pop(channel, None)


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
        members = self.members_with(client, channel)
        self.channels.topics[channel] = text
        deliver(f"* The topic of {channel} is {text}", members)

    def join(self, client: Client, channel: str) -> None:
        """Subscribes `client`, by `/join` or because it is new in the chat."""
        super().join(client, channel)
        if channel in self.channels.topics:
            topic = self.channels.topics[channel]
            deliver(f"* The topic of {channel} is {topic}", [client])
