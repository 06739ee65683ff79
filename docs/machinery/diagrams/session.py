"""Plays a session in memory: clients act on a real server, and events come of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

from twisted.internet.protocol import BaseProtocol, Factory
from twisted.internet.task import Clock

from docs.machinery.diagrams.client import Client
from docs.machinery.diagrams.scene import PASSES, Event, Kind, Scene, SceneError, Step


class Session:
    """The clients of a server, its clock, and what has happened between them."""

    client_type = Client

    def __init__(self, clock: Clock, server: str = "the server") -> None:
        """Takes the clock that the server's factory knows, and the server's name."""
        self.clock = clock
        self.server = server
        self.clients: list[Client] = []
        self.events: list[Event] = []
        self.script: list[str] = []  # what was done, a line for each step

    def add(self, kind: Kind, source: str, target: str, label: str) -> None:
        """Records an event."""
        self.events.append(Event(kind, source, target, label))

    def act(self, step: Step, factory: Factory[Any]) -> None:
        """Does one step of a script, and lets everything happen that follows."""
        self.do(step, factory)
        self.settle()

    def do(self, step: Step, factory: Factory[Any]) -> None:
        """Does one step of a script."""
        if step.verb == "connects":
            self.client_type(step.client, self).connect(factory)
        elif step.verb in PASSES:
            label = f"{step.client} {step.verb}"
            self.add("turn", self.server, self.server, label)
            self.wait(int(step.client))
        else:
            self.connected(step).take(step)

    def connected(self, step: Step) -> Client:
        """Returns the client that a step is about."""
        for client in self.clients:
            if client.name == step.client and client.connected:
                return client
        raise SceneError(f"{step.client} {step.verb}, but is not connected")

    def wait(self, seconds: float) -> None:
        """Lets time pass, a second at a time as on a busy server."""
        self.script.append(f"{seconds:g} seconds pass")
        whole, rest = divmod(seconds, 1)
        self.clock.pump([1.0] * int(whole) + [rest])

    def settle(self) -> None:
        """Gives the connections their turns until nothing more happens."""
        while any(client.turn() for client in self.clients):
            pass

    def play(self, scene: Scene, factory: Factory[Any]) -> list[Event]:
        """Returns what happens, in order, while the factory serves a whole scene."""
        with numbered():
            factory.doStart()  # as a listening port does
            for number, step in enumerate(scene.steps):
                if number == scene.before:
                    self.events.clear()
                self.act(step, factory)
            factory.doStop()
        return self.events


@contextmanager
def numbered(numbers: Iterator[int] | None = None) -> Iterator[None]:
    """Gives sets of protocols the same order in every run.

    It is that of their hashes, which are usually where in memory each of them is.
    """
    numbers = numbers or count()

    def number(protocol: BaseProtocol) -> int:
        own: int = vars(protocol).setdefault("number in this run", next(numbers))
        return own

    with patch.object(BaseProtocol, "__hash__", number):
        yield
