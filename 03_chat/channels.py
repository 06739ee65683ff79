"""Channels and their members: the first idea of the chat, without a network in it."""

from typing import Generic, TypeVar

Member = TypeVar("Member")


class Channels(Generic[Member]):
    """Who is subscribed to which channel: an index in both directions."""

    def __init__(self) -> None:
        """Starts without channels; one exists as long as it has members."""
        self._members: dict[str, set[Member]] = {}
        self._channels: dict[Member, set[str]] = {}  # so that leaving needs no search

    def join(self, member: Member, channel: str) -> None:
        """Subscribes `member` to `channel`."""
        self._members.setdefault(channel, set()).add(member)
        self._channels.setdefault(member, set()).add(channel)

    def leave(self, member: Member, channel: str) -> None:
        """Unsubscribes `member` from `channel`; KeyError if it is not a member."""
        self._channels[member].remove(channel)
        self._members[channel].remove(member)
        if not self._members[channel]:
            del self._members[channel]

    def leave_all(self, member: Member) -> list[str]:
        """Forgets `member`, and returns the channels that it was in, sorted."""
        # A list of its own: a set must not change while a loop goes through it.
        channels = sorted(self._channels.get(member, ()))
        for channel in channels:
            self.leave(member, channel)
        self._channels.pop(member, None)
        return channels

    def count(self, member: Member) -> int:
        """Returns how many channels `member` is in."""
        return len(self._channels.get(member, ()))

    def members(self, channel: str) -> frozenset[Member]:
        """Returns who is in `channel` now: a copy, so it does not change later."""
        return frozenset(self._members.get(channel, ()))

    def companions(self, member: Member) -> set[Member]:
        """Returns `member`, and everybody who shares a channel with it, once each."""
        channels = self._channels.get(member, ())
        return {member}.union(*(self._members[channel] for channel in channels))
