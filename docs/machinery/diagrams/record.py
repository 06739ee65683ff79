"""Runs a real protocol through a scene, in memory, and records what happens."""

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock

from docs.machinery.diagrams.client import Client
from docs.machinery.diagrams.scene import Event, Scene, SceneError


def record(scene: Scene, factory: Factory[Any], clock: Clock) -> list[Event]:
    """Returns what happens, in order, while the factory serves the scene's clients."""
    events: list[Event] = []
    clients: dict[str, Client] = {}
    server = scene.server_name
    factory.doStart()  # as a listening port does
    for number, step in enumerate(scene.steps):
        if number == scene.before:
            events.clear()
        if step.verb == "connects":
            address = IPv4Address("TCP", "127.0.0.1", 50001 + len(clients))
            client = Client(step.client, server, address, events)
            clients[step.client] = client
            client.connect(factory)
        elif step.verb == "seconds pass":
            events.append(Event("turn", server, server, f"{step.client} {step.verb}"))
            clock.pump([1.0] * int(step.client))
        elif step.client not in clients or not clients[step.client].connected:
            raise SceneError(f"{step.client} {step.verb}, but is not connected")
        else:
            clients[step.client].take(step)
        while any(client.turn() for client in clients.values()):
            pass
    factory.doStop()
    return events
