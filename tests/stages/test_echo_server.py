"""The echo server's behavior, without a network: one story a test."""

import itertools

from echo_server import EchoFactory, EchoProtocol
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
)
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject


class EchoTestCase(SynchronousTestCase):
    """Gives each test an echo factory."""

    def setUp(self) -> None:
        """Makes the factory."""
        self.factory = EchoFactory()

    def connect(self, transport: StringTransport) -> EchoProtocol:
        """Does what the reactor does with a new connection."""
        protocol = self.factory.buildProtocol(transport.getPeer())
        assert protocol is not None
        protocol.makeConnection(transport)
        return protocol


class EchoProtocolTests(EchoTestCase):
    """What one client sees."""

    def setUp(self) -> None:
        """Connects a client through a transport that only remembers what is written."""
        super().setUp()
        self.transport = StringTransport()
        self.echo = self.connect(self.transport)

    def test_says_nothing_first(self) -> None:
        """A client that sends nothing receives nothing."""
        self.assertEqual(self.transport.value(), b"")

    def test_sends_back_what_it_receives(self) -> None:
        """A client receives exactly the bytes that it sends."""
        self.echo.dataReceived(b"hello\n")
        self.assertEqual(self.transport.value(), b"hello\n")

    def test_keeps_every_byte_as_it_is(self) -> None:
        """Each of the 256 byte values comes back, whether it is text or not."""
        self.echo.dataReceived(bytes(range(256)))
        self.assertEqual(self.transport.value(), bytes(range(256)))

    def test_gives_one_answer_however_the_stream_is_cut(self) -> None:
        """All 512 ways to cut ten bytes into chunks give the same ten bytes back."""
        message = b"ab\r\n\xc3\xa9\x00\xffz\n"
        for cuts in itertools.product([True, False], repeat=len(message) - 1):
            transport = StringTransport()
            echo = self.connect(transport)
            start = 0
            for end, cut in enumerate([*cuts, True], start=1):
                if cut:
                    echo.dataReceived(message[start:end])
                    start = end
            self.assertEqual(transport.value(), message)

    def test_keeps_clients_apart(self) -> None:
        """Bytes of one client do not reach another."""
        other = StringTransport()
        self.connect(other)
        self.echo.dataReceived(b"for me alone")
        self.assertEqual(other.value(), b"")

    def test_answers_a_client_that_half_closes(self) -> None:
        """A client that ends its sending still gets its answer, then the close."""
        verifyObject(IHalfCloseableProtocol, self.echo)
        self.echo.dataReceived(b"the last words")
        self.assertFalse(self.transport.disconnecting)
        self.echo.readConnectionLost()
        self.assertEqual(self.transport.value(), b"the last words")
        self.assertTrue(self.transport.disconnecting)

    def test_unregisters_before_it_hangs_up(self) -> None:
        """No producer is left at the close, or the close would wait for it."""
        self.echo.readConnectionLost()
        self.assertIsNone(self.transport.producer)

    def test_survives_the_end_of_its_own_sending(self) -> None:
        """The half-close that this server never asks for would change nothing."""
        self.echo.writeConnectionLost()
        self.assertFalse(self.transport.disconnecting)

    def test_stops_reading_while_its_answers_wait(self) -> None:
        """A full outgoing buffer stops the reading, an empty one lets it go on."""
        # What TCP does by itself; StringTransport leaves both calls to the test.
        self.assertTrue(self.transport.streaming)
        IPushProducer(self.transport.producer).pauseProducing()
        self.assertEqual(self.transport.producerState, "paused")
        IPushProducer(self.transport.producer).resumeProducing()
        self.assertEqual(self.transport.producerState, "producing")
