"""Runs a scene with a real reactor and real sockets, and records the reactor's turns.

It is a program of its own, because a process has only one reactor and MkDocs may
build a page many times: the scene comes in on standard input, and the events go out
on standard output, as JSON.

Each `reactor.iterate` makes one turn. The clients are plain sockets that act between
two turns, so every run has the same turns. The recorder watches the methods that the
reactor calls on a port or a connection (`doRead`, `doWrite`), the one that sends
(`writeSomeData`), and those between a connection and its protocol.
"""

import json
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from twisted.internet import reactor
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Connection
from twisted.python.failure import Failure

from docs.machinery import ROOT
from docs.machinery.diagrams.scene import (
    Event,
    Kind,
    Scene,
    SceneError,
    Step,
    load,
    parse,
)

REACTOR = "reactor"  # the name above its lifeline


class Recorder:
    """Plays a scene turn by turn, and writes down what the reactor does in each."""

    def __init__(self, scene: Scene, factory: Factory[Any]) -> None:
        """Listens on a free port of this machine."""
        self.scene = scene
        self.events: list[Event] = []
        self.turns = 0
        self.turn_has_begun = False
        self.clients: dict[str, socket.socket] = {}
        watch(factory, "buildProtocol", self.accept, self.follow)
        listen: Any = reactor.listenTCP  # annotated for fewer factories than it takes
        self.port = listen(0, factory, interface="127.0.0.1")
        watch(
            self.port, "doRead", partial(self.wake, "the listening socket is readable")
        )

    def play(self) -> list[Event]:
        """Returns the events of the whole scene."""
        for number, step in enumerate(self.scene.steps):
            if number == self.scene.before:
                self.events.clear()
                self.turns = 0
            self.act(step)
            if not self.turn(5):
                raise SceneError(f"nothing happens when {step.client} {step.verb}")
            while self.turn(0):
                pass
        for client in self.clients.values():
            client.close()
        return self.events

    def act(self, step: Step) -> None:
        """Does what a line of the script says, with the client's socket."""
        match step.verb:
            case "connects":
                address = ("127.0.0.1", self.port.getHost().port)
                self.clients[step.client] = socket.create_connection(address)
            case "sends":
                self.clients[step.client].sendall(step.data)
            case "half-closes":
                self.clients[step.client].shutdown(socket.SHUT_WR)
            case _:
                raise SceneError(f"a reactor-diagram has no '{step.verb}'")

    def turn(self, patience: float) -> bool:
        """Makes one turn, and returns whether anything happened in it."""
        before = len(self.events)
        self.turn_has_begun = False
        reactor.iterate(patience)
        return len(self.events) > before

    def wake(self, reason: str) -> None:
        """Records why the reactor has woken up, which begins a turn."""
        self.turns += not self.turn_has_begun
        self.turn_has_begun = True
        self.add("turn", REACTOR, REACTOR, f"turn {self.turns}: {reason}")

    def accept(self, _: IAddress) -> None:
        """Records that the newest client gets a connection."""
        self.add("wire", list(self.clients)[-1], REACTOR, "accept()")
        self.called("factory.buildProtocol()")

    def follow(self, protocol: Protocol) -> None:
        """Watches a new protocol, and its connection as soon as it has one."""
        client = list(self.clients)[-1]

        def receive(data: bytes) -> None:
            if data:  # a protocol may call its own with none; the reactor never does
                self.add("wire", client, REACTOR, f"recv(): {data!r}")
                self.called(f"dataReceived({data!r})")

        def lose(reason: Failure) -> None:
            self.add("wire", REACTOR, client, "close()")
            self.called(f"connectionLost({type(reason.value).__name__})")

        watch(protocol, "makeConnection", partial(self.tap, client))
        watch(protocol, "connectionMade", lambda: self.called("connectionMade()"))
        watch(protocol, "dataReceived", receive)
        watch(protocol, "connectionLost", lose)
        if IHalfCloseableProtocol.providedBy(protocol):
            half = "readConnectionLost"
            watch(protocol, half, lambda: self.called(f"{half}()"))

    def tap(self, client: str, connection: Connection) -> None:
        """Watches a connection from both sides: the reactor's and the protocol's."""
        server = self.scene.server_name

        def acted(call: str) -> None:
            self.add("act", server, REACTOR, f"transport.{call}")

        def queue(call: str) -> None:
            acted(call)
            self.add("note", server, REACTOR, "in the buffer: nothing is sent yet")

        def send(data: bytes) -> None:
            if data:
                self.add("wire", REACTOR, client, f"send({data!r})")

        def reach_end(_: Failure) -> None:
            self.add("wire", client, REACTOR, "recv(): b''")

        its = f"{client}'s socket is"
        watch(connection, "doRead", lambda: self.wake(f"{its} readable"))
        watch(connection, "doWrite", lambda: self.wake(f"{its} writable"))
        watch(connection, "writeSomeData", send)
        watch(connection, "readConnectionLost", reach_end)
        watch(connection, "write", lambda data: queue(f"write({data!r})"))
        sequence = "writeSequence([{!r}])".format
        watch(connection, "writeSequence", lambda p: queue(sequence(b"".join(p))))
        watch(connection, "loseConnection", lambda: acted("loseConnection()"))

    def called(self, label: str) -> None:
        """Records a call from the reactor to the protocol or its factory."""
        self.add("call", REACTOR, self.scene.server_name, label)

    def add(self, kind: Kind, source: str, target: str, label: str) -> None:
        """Records an event."""
        self.events.append(Event(kind, source, target, label))


def watch(
    thing: object,
    method: str,
    before: Callable[..., object],
    after: Callable[[Any], object] = lambda _: None,
) -> None:
    """Has functions called with a method's arguments and with what it returns."""
    original = getattr(thing, method)

    def watched(*arguments: object) -> object:
        before(*arguments)
        result = original(*arguments)
        after(result)
        return result

    setattr(thing, method, watched)


if __name__ == "__main__":
    scene = parse(sys.stdin.read())
    recorder = Recorder(scene, load(scene.server, ROOT, Clock()))
    json.dump([asdict(event) for event in recorder.play()], sys.stdout)
