"""What a program that says hello has to do; here the test plays the server."""

import io
from contextlib import redirect_stdout
from typing import Any

from say_hello import main
from twisted.internet.error import ConnectionDone
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from docs.machinery.exercises.result import Result, ResultCase


class SayHelloTests(ResultCase):
    """Somebody runs the program, and a server answers or does not."""

    def setUp(self) -> None:
        """Runs the program."""
        super().setUp()
        self.clock = self.reactor = MemoryReactorClock()
        self.printed = io.StringIO()
        self.story.append("main says 'good morning'.")
        with redirect_stdout(self.printed):
            self.result = Result(
                main, self.reactor, "tcp:192.0.2.7:1234", "good morning"
            )

    def test_prints_the_answer(self) -> None:
        """What the server answers is printed."""
        self.accept()
        self.answer("Good morning to you")
        self.prints("Good morning to you")

    def test_ends_when_the_answer_is_there(self) -> None:
        """The program is done as soon as the answer has been printed."""
        self.accept()
        self.waits(self.result)
        self.answer("Yes?")
        self.returns(self.result, None)

    def test_waits_for_a_slow_answer(self) -> None:
        """However long the answer takes, main waits for it, and it is printed."""
        self.wait(5)
        self.accept()
        self.wait(60)
        self.waits(self.result)
        self.answer("Sorry, I was away")
        self.prints("Sorry, I was away")

    def test_fails_if_nobody_is_listening(self) -> None:
        """If there is no connection, main fails with the error that says why."""
        self.story.append("Nobody is listening.")
        _, _, factory, _, _ = self.reactor.tcpClients[0]
        connector = self.reactor.connectors[0]
        factory.clientConnectionFailed(connector, Failure(Refused()))
        self.fails(self.result, Refused)

    def test_fails_if_the_server_hangs_up(self) -> None:
        """If the connection ends before the answer, main fails with the reason."""
        self.accept()
        self.story.append("The server hangs up.")
        self.protocol.connectionLost(Failure(ConnectionDone()))
        self.fails(self.result, ConnectionDone)

    def accept(self) -> None:
        """Has the server accept the connection, and expects a line."""
        self.story.append("The server accepts the connection.")
        factory: Any = self.reactor.tcpClients[0][2]
        self.protocol = factory.buildProtocol(None)
        transport = StringTransport()
        with redirect_stdout(self.printed):
            self.protocol.makeConnection(transport)
        sent = transport.value()
        should = f"The server should read b'good morning\\n', but reads {sent!r}."
        self.check(sent == b"good morning\n", should)

    def answer(self, line: str) -> None:
        """Has the server answer."""
        self.story.append(f"The server answers {line!r}.")
        with redirect_stdout(self.printed):
            self.protocol.dataReceived(f"{line}\n".encode())

    def prints(self, line: str) -> None:
        """Expects that a line has been printed, perhaps among others."""
        lines = self.printed.getvalue().splitlines()
        told = ", ".join(map(repr, lines)) or "nothing"
        self.check(line in lines, f"main should print {line!r}, but prints {told}.")
