"""Five chats, each with a fault of its own. A good test does not need to see them."""

from chat_commands import Chat, Client, deliver, fold_nick


class SecretiveChat(Chat):
    """Tells the client that leaves, and nobody else."""

    def leave(self, client: Client, channel: str) -> None:
        """Unsubscribes `client`."""
        self.members_with(client, channel)
        self.channels.leave(client, channel)
        deliver(f"* {client.nick} has left {channel}", [client])


class OpenChat(Chat):
    """Lets everybody publish everywhere."""

    def publish(self, client: Client, channel: str, text: str) -> None:
        """Sends `text` to the members of `channel`, even if `client` isn't one."""
        members = self.channels.members(channel)
        deliver(f"{channel} <{client.nick}> {text}", members)


class DoubleChat(Chat):
    """Takes Bob and BOB for the nicks of two people."""

    def rename(self, client: Client, nick: str) -> None:
        """Gives `client` a nick, unless somebody has the very same."""
        owner = self.clients.get(fold_nick(nick), client)
        if owner is not client and owner.nick != nick:
            del self.clients[fold_nick(nick)]
        super().rename(client, nick)


class LeakyChat(Chat):
    """Shows private messages to all."""

    def send(self, client: Client, nick: str, text: str) -> None:
        """Sends `text` to everybody, if there is somebody called `nick`."""
        super().send(client, nick, text)
        others = {*self.clients.values()} - {client, self.clients[fold_nick(nick)]}
        deliver(f"<{client.nick}> {text}", others)


class HauntedChat(Chat):
    """Keeps clients that are gone in their channels."""

    def exit(self, client: Client) -> None:
        """Forgets the nick of a client, and nothing else."""
        self.clients.pop(fold_nick(client.nick), None)
