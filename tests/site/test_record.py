"""A recorded run holds exactly what TCP would make happen."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from counter_server import RequestCounter
from docs.machinery.diagrams.scene import Scene, SceneError, load, parse
from docs.machinery.diagrams.session import Session
from docs.machinery.exercises.played import draw_played
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Site
from zope.interface import implementer

from tests import ROOT

SHOUT = "01_echo/exercises/1_shout"
ECHO = "01_echo/echo_server.py EchoProtocol"


class Room(LineReceiver):
    """A small chat: a line goes to everyone, and `quit` ends its sender's visit."""

    delimiter = b"\n"
    people: "ClassVar[list[Room]]"

    def connectionMade(self) -> None:
        """Enters."""
        self.people.append(self)

    def lineReceived(self, line: bytes) -> None:
        """Passes a line on."""
        for person in self.people:
            person.sendLine(line)
        if line == b"quit" and self.transport:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leaves."""
        self.people.remove(self)
        for person in self.people:
            person.sendLine(b"* gone")


@implementer(IPushProducer)
class Ticker(Protocol):
    """A producer of its own, and one that knows its own mind."""

    transport: StringTransport

    def connectionMade(self) -> None:
        """Registers itself."""
        self.transport.registerProducer(self, streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Hangs up, properly or not, or stops reading."""
        if data == b"close":
            self.transport.loseConnection()
        elif data == b"done":
            self.transport.loseConnection()
            self.transport.writeSequence([b"b", b"ye"])
            self.transport.unregisterProducer()
        elif data == b"abort":
            self.transport.abortConnection()
        else:
            self.transport.pauseProducing()

    def pauseProducing(self) -> None:
        """Is told to write no more for now."""

    def resumeProducing(self) -> None:
        """Reads again, now that there is room for answers."""
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Is told to write no more at all."""


def scene(server: str, *script: str) -> Scene:
    """Returns a scene with these steps."""
    return parse("\n".join(["title: A title", f"server: {server}", "---", *script]))


def rows(
    server: Factory[Any] | type[Protocol],
    *script: str,
    clock: Clock | None = None,
) -> list[str]:
    """Plays a script, and returns what happened as `who: what`."""
    factory = server if isinstance(server, Factory) else Factory.forProtocol(server)
    session = Session(clock or Clock(), "Server")
    events = session.play(scene("a.py Server", *script), factory)
    kept = []
    for event in events:
        client = event.target if event.source == "Server" else event.source
        kept.append(f"{client} {event.kind}: {event.label}")
    return kept


class EchoRunTests(SynchronousTestCase):
    """The course's own echo server, recorded."""

    def rows(self, *script: str) -> list[str]:
        """Plays a script with the echo server."""
        return rows(load(ECHO, ROOT, Clock()), "Alice connects", *script)[1:]

    def test_a_picture_may_begin_later(self) -> None:
        """What stands above a second line of dashes happens, and is not drawn."""
        played = self.rows("Alice sends one", "---", "Alice sends two")
        self.assertEqual(played, ["Alice act: transport.write(b'two')"])

    def test_says_hello_and_half_closes(self) -> None:
        """A client that half-closes gets its answer, then the close."""
        happened = self.rows(r"Alice sends hello\n", "Alice half-closes")
        self.assertEqual(
            happened,
            [
                r"Alice call: dataReceived(b'hello\n')",
                r"Alice act: transport.write(b'hello\n')",
                "Alice call: readConnectionLost()",
                "Alice act: transport.loseConnection()",
                "Alice call: connectionLost(ConnectionDone)",
            ],
        )

    def test_serves_two_clients(self) -> None:
        """An answer goes to the client that asked."""
        happened = self.rows("Bob connects", "Bob sends b", "Alice sends a")
        self.assertEqual(
            happened,
            [
                "Bob call: connectionMade()",
                "Bob call: dataReceived(b'b')",
                "Bob act: transport.write(b'b')",
                "Alice call: dataReceived(b'a')",
                "Alice act: transport.write(b'a')",
            ],
        )

    def test_tells_how_a_connection_ends(self) -> None:
        """A goodbye and a broken line have different reasons."""
        happened = self.rows("Bob connects", "Alice disconnects", "Bob is cut off")
        self.assertEqual(
            happened[1:],
            [
                "Alice call: connectionLost(ConnectionDone)",
                "Bob call: connectionLost(ConnectionLost)",
            ],
        )

    def test_pauses_with_a_client_that_does_not_read(self) -> None:
        """What such a client sends waits until it reads again, and so does its end."""
        happened = self.rows(
            "Alice stops reading",
            "Alice sends a",
            "Alice half-closes",
            "Alice reads again",
        )
        self.assertEqual(
            happened,
            [
                "Alice note: Alice stops reading: 64 KiB pile up",
                "Alice note: transport calls its pauseProducing()",
                "Alice note: b'a' waits in the network",
                "Alice note: Alice reads again: everything is sent",
                "Alice note: transport calls its resumeProducing()",
                "Alice call: dataReceived(b'a')",
                "Alice act: transport.write(b'a')",
                "Alice call: readConnectionLost()",
                "Alice act: transport.loseConnection()",
                "Alice call: connectionLost(ConnectionDone)",
            ],
        )


class RoomRunTests(SynchronousTestCase):
    """A small chat, recorded: what one client does reaches the others."""

    def rows(self, *script: str) -> list[str]:
        """Plays a script with three people in the room."""
        Room.people = []
        enter = [f"{name} connects" for name in ("Alice", "Bob", "Carol")]
        return rows(Room, *enter, *script)[3:]

    def test_a_line_goes_to_everyone(self) -> None:
        """One line in makes one write to each person, in order."""
        self.assertEqual(
            self.rows(r"Bob sends hi\n"),
            [
                r"Bob call: dataReceived(b'hi\n')",
                r"Alice act: transport.write(b'hi\n')",
                r"Bob act: transport.write(b'hi\n')",
                r"Carol act: transport.write(b'hi\n')",
            ],
        )

    def test_the_server_hangs_up(self) -> None:
        """The connection ends after the callback, and the others are told then."""
        self.assertEqual(
            self.rows(r"Bob sends quit\n")[-4:],
            [
                "Bob act: transport.loseConnection()",
                "Bob call: connectionLost(ConnectionDone)",
                r"Alice act: transport.write(b'* gone\n')",
                r"Carol act: transport.write(b'* gone\n')",
            ],
        )

    def test_a_close_waits_for_a_client_that_does_not_read(self) -> None:
        """The connection ends once the client has taken all that was sent."""
        happened = self.rows(
            "Bob stops reading", r"Bob sends quit\n", "Alice sends .", "Bob reads again"
        )
        self.assertEqual(
            happened[-6:-2],
            [
                "Bob act: transport.loseConnection()",
                "Alice call: dataReceived(b'.')",
                "Bob note: Bob reads again: everything is sent",
                "Bob call: connectionLost(ConnectionDone)",
            ],
        )

    def test_a_half_close_is_the_end(self) -> None:
        """A protocol that knows nothing of half-closing loses the connection."""
        happened = self.rows("Alice half-closes")
        self.assertEqual(happened[0], "Alice call: connectionLost(ConnectionDone)")


class TickerRunTests(SynchronousTestCase):
    """A protocol that is its own producer, recorded."""

    def rows(self, *script: str) -> list[str]:
        """Plays a script with one client."""
        return rows(Ticker, "Alice connects", *script)[1:]

    def test_a_producer_is_told_of_backpressure(self) -> None:
        """Pausing and resuming are calls, because the protocol gets them."""
        self.assertEqual(
            self.rows("Alice stops reading", "Alice reads again"),
            [
                "Alice note: Alice stops reading: 64 KiB pile up",
                "Alice call: pauseProducing()",
                "Alice note: Alice reads again: everything is sent",
                "Alice call: resumeProducing()",
                "Alice act: transport.resumeProducing()",
            ],
        )

    def test_a_protocol_may_stop_reading(self) -> None:
        """After the protocol pauses its transport, bytes wait."""
        self.assertEqual(
            self.rows("Alice sends a", "Alice sends b")[1:],
            [
                "Alice act: transport.pauseProducing()",
                "Alice note: b'b' waits in the network",
            ],
        )

    def test_a_connection_waits_for_its_producer(self) -> None:
        """What is written after loseConnection still goes out before the end."""
        self.assertEqual(
            self.rows("Alice sends done")[1:],
            [
                "Alice act: transport.loseConnection()",
                "Alice act: transport.writeSequence([b'bye'])",
                "Alice call: connectionLost(ConnectionDone)",
            ],
        )

    def test_a_producer_that_stays_keeps_the_connection(self) -> None:
        """As over TCP, a close never comes while a producer is registered."""
        self.assertEqual(
            self.rows("Alice sends close")[1:],
            ["Alice act: transport.loseConnection()"],
        )

    def test_an_abort_waits_for_nothing(self) -> None:
        """An abort ends the connection although a producer is registered."""
        self.assertEqual(
            self.rows("Alice sends abort")[-1],
            "Alice call: connectionLost(ConnectionAborted)",
        )


class Confused(Protocol):
    """Answers a goodbye, which nobody can hear any more."""

    transport: StringTransport

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Writes to a connection that is gone."""
        self.transport.write(b"bye")


class SurroundingsTests(SynchronousTestCase):
    """What a server finds around it in a recorded run."""

    def test_what_nobody_can_hear_is_not_shown(self) -> None:
        """A write after the end sends nothing, so the diagram has no arrow for it."""
        self.assertEqual(
            rows(Confused, "Alice connects", "Alice disconnects")[-1],
            "Alice call: connectionLost(ConnectionDone)",
        )

    def test_the_factory_has_a_port_and_the_clients_addresses(self) -> None:
        """The factory is started and stopped, and no two clients share an address."""
        factory = Factory.forProtocol(Protocol)
        seen = []

        def build(address: IPv4Address) -> Protocol:
            seen.append((address.port, factory.numPorts))
            return Protocol()

        self.patch(factory, "buildProtocol", build)
        rows(factory, "Alice connects", "Bob connects")
        self.assertEqual(seen, [(50001, 1), (50002, 1)])
        self.assertEqual(factory.numPorts, 0)


class SceneTests(SynchronousTestCase):
    """What a page may write, and what it is told when it cannot be."""

    def test_text_takes_quotes_escapes_and_any_language(self) -> None:
        """Bytes are what a Python literal of the same text would hold, in UTF-8."""
        step = scene("a.py A", r"""Zoë sends é'"\x00\\ \n""").steps[0]
        self.assertEqual(step.client, "Zoë")
        self.assertEqual(step.data, b"\xc3\xa9'\"\x00\\ \n")

    def test_mistakes_are_refused(self) -> None:
        """A scene that cannot be understood says what would have been right."""
        for script, complaint in [
            ("Alice dances", "no step 'Alice dances'.*half-closes"),
            ("Alice sends", "no step 'Alice sends'.*sends TEXT"),
            ("Alice connects hello", "no step"),
            ("", "a scene is"),
        ]:
            with self.assertRaisesRegex(SceneError, complaint):
                scene("a.py A", script)
        with self.assertRaisesRegex(SceneError, "a scene is"):
            parse("title: x\n---\nAlice connects")

    def test_time_passes_on_a_clock(self) -> None:
        """A script lets seconds pass, and what was due happens then."""
        clock = Clock()

        class Patient(Protocol):
            def connectionMade(self) -> None:
                assert self.transport is not None
                clock.callLater(30, self.transport.loseConnection)

        self.assertEqual(
            rows(
                Patient,
                "Alice connects",
                "29 seconds pass",
                "1 seconds pass",
                clock=clock,
            ),
            [
                "Alice call: connectionMade()",
                "Server turn: 29 seconds pass",
                "Server turn: 1 seconds pass",
                "Alice act: transport.loseConnection()",
                "Alice call: connectionLost(ConnectionDone)",
            ],
        )

    def test_a_client_must_be_connected(self) -> None:
        """Nobody acts before the connection or after its end."""
        for script in [
            ["Bob sends x"],
            ["Bob connects", "Bob is cut off", "Bob sends x"],
        ]:
            with self.assertRaisesRegex(SceneError, "Bob sends, but is not connected"):
                rows(Protocol, *script)

    def test_a_client_may_be_turned_away(self) -> None:
        """A factory that builds no protocol leaves a note, and nobody is connected."""
        factory = Factory.forProtocol(Protocol)
        self.patch(factory, "buildProtocol", lambda _: None)
        told = rows(factory, "Alice connects")
        self.assertEqual(told, ["Alice note: Server turns Alice away"])
        with self.assertRaisesRegex(SceneError, "Alice sends, but is not connected"):
            rows(factory, "Alice connects", "Alice sends x")

    def test_a_plain_site_has_a_run_to_show(self) -> None:
        """What a Site builds is of no class of Protocol's, but acts as one."""
        clock = Clock()
        site = Site(RequestCounter(), reactor=clock)
        request = r"Alice sends GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        told = rows(site, "Alice connects", request, clock=clock)
        self.assertIn("Alice act: transport.write(b'I am request #1\\n')", told)

    def test_a_server_is_loaded_by_file_and_name(self) -> None:
        """A protocol gets a factory; what is neither of the two is refused."""
        protocol = load(ECHO, ROOT, Clock()).buildProtocol(
            IPv4Address("TCP", "127.0.0.1", 1)
        )
        self.assertEqual(type(protocol).__name__, "EchoProtocol")
        for server in ["01_echo/nope.py A", "01_echo/echo_server.py nope", "tests A"]:
            with self.assertRaisesRegex(SceneError, "no (file|protocol or factory)"):
                load(server, ROOT, Clock())

    def test_an_exercise_is_played_by_its_folder(self) -> None:
        """A diagram shows what the solution does, or what the learner's file does."""
        text = f"title: x\nserver: {SHOUT} Shout\n---\nAlice connects\nAlice sends hi"
        self.assertIn("write(b&#x27;HI&#x27;)", draw_played(text, "d1"))
        self.assertNotIn("b&#x27;HI&#x27;", draw_played(text, "d1", solved=False))

    def test_a_factory_is_loaded_with_its_neighbors(self) -> None:
        """A stage may define its own factory, and import a module beside it."""
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        (folder / "site_test_neighbor.py").write_text("GREETING = b'hi'")
        (folder / "server.py").write_text(
            "from site_test_neighbor import GREETING\n"
            "from twisted.internet.protocol import Factory\n"
            "class Greeting(Factory):\n"
            "    text = GREETING\n"
        )
        factory = load("server.py Greeting", folder, Clock())
        self.assertEqual(vars(type(factory))["text"], b"hi")
        self.assertNotIn(str(folder), sys.path)
