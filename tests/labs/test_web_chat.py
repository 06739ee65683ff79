"""Browsers in the chat, in memory: what they may do, and what they must not."""

import random
import warnings

from chat_server import ChatFactory
from outbox import Outbox
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IProtocolNegotiationFactory, IPushProducer
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from web_chat import NamesChat, reachable
from web_door import Door, Doors
from wsproto.events import CloseConnection, Ping, TextMessage

from tests.labs.browser_client import (
    HOST,
    ORIGIN,
    WebClient,
    frame,
    knock,
    open_doors,
)
from tests.stages import test_chat_server
from tests.stages.test_chat_server import Client

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MORE = 0  # a part of a message, after its first one


class BrowserCommandTests(test_chat_server.CommandTests):
    """Browsers alone: each line does what it does in the stage."""

    def setUp(self) -> None:
        """Has the stage's tests make members that come by WebSocket."""
        super().setUp()
        self.patch(test_chat_server, "Client", WebClient)
        WebClient.doors = open_doors(self.factory)


class WebTestCase(SynchronousTestCase):
    """Gives each test a chat in which a browser and a terminal are."""

    def setUp(self) -> None:
        """Connects ann by WebSocket, and bob by TCP."""
        self.clock = Clock()
        self.factory = ChatFactory(self.clock)
        self.factory.chat = NamesChat()
        self.doors = open_doors(self.factory)
        WebClient.doors = self.doors
        self.ann = WebClient(self.factory)
        self.bob = Client(self.factory)
        self.ann.says("/nick ann")
        self.bob.says("/nick bob")
        self.ann.reads(), self.bob.reads()

    def logged(self, happens: "list[bytes]", client: WebClient) -> list[str]:
        """Sends bytes to ann's door, and returns what the log says of it."""
        with capturedLogs() as events:
            for data in happens:
                client.door.dataReceived(data)
        return [event["log_format"].format(**event) for event in events]


class RoomTests(WebTestCase):
    """Both kinds of members are in one room."""

    def test_everybody_reads_everybody(self) -> None:
        """A line is a message for one, and ends with a newline for the other."""
        self.ann.says("/msg #lobby hello from a page")
        self.bob.says("/msg #lobby hello, żółw")
        lines = ["#lobby <ann> hello from a page", "#lobby <bob> hello, żółw"]
        self.assertEqual(self.ann.reads(), lines)
        self.assertEqual(self.bob.reads(), lines)

    def test_refuses_what_acts_on_a_terminal(self) -> None:
        """An escape sequence or a mark that reorders text reaches nobody."""
        for text in ["\x1b[2J", "\u202egnp.exe", "\x00", "a\rb"]:
            self.ann.says(f"/msg #lobby {text}")
            self.assertEqual(
                self.ann.reads(), ["error: a line has no control characters"]
            )
        self.assertEqual(self.bob.reads(), [])

    def test_a_message_with_newlines_is_several_lines(self) -> None:
        """Nobody can put an announcement into another member's terminal."""
        self.ann.door.dataReceived(
            self.ann.socket.send(TextMessage("/msg bob hi\n* bob has left #lobby"))
        )
        self.assertEqual(self.bob.reads(), ["<ann> hi"])
        self.assertIn("error: say ", self.ann.reads()[1])

    def test_refuses_a_long_line(self) -> None:
        """The chat's own bound holds, and the browser stays."""
        self.ann.says("/msg #lobby " + "x" * 600)
        self.assertEqual(self.ann.reads(), ["error: a line has at most 512 bytes"])
        self.ann.says("/msg bob hello")
        self.assertEqual(self.bob.reads(), ["<ann> hello"])

    def test_tells_who_is_here(self) -> None:
        """Some nicks a line, in order, and to members alone."""
        for number in range(30):
            Client(self.factory).says(f"/nick m{number:02}")
        self.ann.reads()
        self.ann.says("/names #Lobby", "/names #tea", "/names", "/names lobby")
        first, second, *errors = self.ann.reads()
        nicks = ["ann", "bob", *(f"m{number:02}" for number in range(30))]
        self.assertEqual(first, "* In #lobby: " + ", ".join(nicks[:20]))
        self.assertEqual(second, "* In #lobby: " + ", ".join(nicks[20:]))
        self.assertEqual(len(errors), 3)
        for error in errors:
            self.assertTrue(error.startswith("error: "))


class HandshakeTests(WebTestCase):
    """Who may open a WebSocket, and what else is served."""

    def answer(self, *lines: str) -> str:
        """Returns what the server says to a request."""
        door, transport = knock(self.doors)
        door.dataReceived("\r\n".join([*lines, "", ""]).encode())
        answer: bytes = transport.value()
        return answer.decode("latin-1")

    def status(self, *headers: str) -> str:
        """Returns the status for one who asks for a WebSocket with some headers."""
        answer = self.answer(
            "GET /chat HTTP/1.1",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *headers,
        )
        return answer.split(" ")[1]

    def test_knows_its_own_page(self) -> None:
        """The page's address is the server's address."""
        self.assertEqual(self.status(f"Host: {HOST}", f"Origin: {ORIGIN}"), "101")

    def test_refuses_other_pages(self) -> None:
        """A page of another site cannot speak in the name of its visitor."""
        for origin in [
            "http://evil.test",
            "https://chat.test:8080",
            "http://chat.test:8081",
            "http://chat.test",
            "http://chat.test:8080.evil.test",
            "http://evil.test/http://chat.test:8080",
            "null",
            "",
        ]:
            refused = self.status(f"Host: {HOST}", f"Origin: {origin}")
            self.assertEqual(refused, "403", origin)
        self.assertEqual(self.status(f"Host: {HOST}"), "403")
        two = [f"Host: {HOST}", "Host: evil.test", "Origin: http://evil.test"]
        self.assertEqual(self.status(*two), "403")
        self.assertEqual(self.status("Origin: http://None"), "403")
        self.assertEqual(len(self.factory.chat.clients), 2)

    def test_serves_the_page_with_its_policy(self) -> None:
        """Nothing in the page may load or run what comes from elsewhere."""
        for path, kind in [
            ("/", "text/html"),
            ("/web_chat.css", "text/css"),
            ("/web_chat.js", "text/javascript"),
            ("/nothing", "text/html"),
        ]:
            answer = self.answer(f"GET {path} HTTP/1.1", f"Host: {HOST}").lower()
            self.assertIn(f"content-type: {kind}; charset=utf-8\r\n", answer)
            self.assertIn("content-security-policy: default-src 'none';", answer)
            self.assertNotIn("unsafe", answer.partition("\r\n\r\n")[0])
            self.assertIn("x-content-type-options: nosniff\r\n", answer)

    def test_serves_nothing_else(self) -> None:
        """No other file, and no list of files."""
        for path in ["/../web_chat.py", "/%2e%2e/web_chat.py", "/x/", "/web_chat"]:
            answer = self.answer(f"GET {path} HTTP/1.1", f"Host: {HOST}")
            self.assertIn(answer.split(" ")[1], {"400", "404"}, path)
        below = self.answer("GET /web_chat.js/x HTTP/1.1", f"Host: {HOST}")
        self.assertIn("\r\n\r\n// The page of the chat", below)  # and no other file

    def test_speaks_the_http_that_a_websocket_begins_with(self) -> None:
        """Over TLS, a browser would choose another version if it were offered."""
        offered = IProtocolNegotiationFactory(self.doors).acceptableProtocols()
        self.assertEqual(offered, [b"http/1.1"])


class BoundTests(WebTestCase):
    """What arrives is bounded while it arrives."""

    def test_takes_a_message_in_parts(self) -> None:
        """Byte by byte and in fragments, it is the same message."""
        parts = [frame(TEXT, b"/msg bob h", last=False), frame(MORE, b"ello")]
        for data in (
            b"".join(parts),
            self.ann.socket.send(TextMessage("/msg bob hey")),
        ):
            for byte in data:
                self.ann.door.dataReceived(bytes([byte]))
        self.assertEqual(self.bob.reads(), ["<ann> hello", "<ann> hey"])

    def test_drops_what_never_completes_a_message(self) -> None:
        """Whatever the message consists of; others read that the browser has left."""
        for name, data in {
            "fragments": frame(TEXT, b"x", last=False)
            + frame(MORE, b"x", last=False) * 9999,
            "empty fragments": frame(TEXT, last=False) + frame(MORE, last=False) * 9999,
            "a huge frame": b"\x81\xff" + (2**30).to_bytes(8) + bytes(4) + b"x" * 9999,
            "pings": frame(PING, b"x" * 99) * 99,
            "pongs": frame(PONG) * 9999,
            "pongs and fragments": (frame(TEXT, b"x", last=False) + frame(PONG))
            + (frame(MORE, b"x", last=False) + frame(PONG)) * 9999,
        }.items():
            evil = WebClient(self.factory)
            [line] = self.logged([data], evil)
            self.assertIn("sent 4096 bytes without completing a message", line, name)
            self.assertTrue(evil.transport.disconnected, name)
            self.assertLess(evil.door.received, Door.MESSAGE + Door.PIECE + 1, name)
            self.bob.reads()
            with capturedLogs() as events:
                evil.goes(ConnectionAborted())
            self.assertEqual(events, [])  # it has been said
            self.assertEqual(
                self.bob.reads(), [f"* {evil.protocol.nick} has left #lobby"]
            )

    def test_drops_a_request_without_an_end(self) -> None:
        """A header, or a body that the parser of HTTP would gather in memory."""
        head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\n"
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        for data in [
            f"{head}Content-Length: 99999999\r\n{form}\r\n" + "a=1&" * 9999,
            f"{head}Transfer-Encoding: chunked\r\n{form}\r\n" + "4\r\na=1&\r\n" * 9999,
            head + "a: b\r\n" * 9999,
        ]:
            door, transport = knock(self.doors)
            with capturedLogs() as events:
                door.dataReceived(data.encode())
            self.assertTrue(transport.disconnecting)
            self.assertLess(door.received, door.limit + Door.PIECE + 1)
            self.assertLess(len(events), 2)
            door.connectionLost()  # for the file that Twisted puts a body into

    def test_takes_any_number_of_requests_and_messages(self) -> None:
        """Each whole one begins a new count."""
        door, transport = knock(self.doors)
        for _ in range(200):
            request = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: {'x' * 500}\r\n\r\n"
            door.dataReceived(request.encode())
        self.assertEqual(transport.value().count(b"HTTP/1.1 200 OK"), 200)
        for number in range(200):
            self.ann.says(f"/msg bob {number} " + "x" * 400)
        self.assertEqual(len(self.bob.reads()), 200)
        self.assertFalse(self.ann.transport.disconnecting)

    def test_a_flood_has_its_turns(self) -> None:
        """Of 100 messages in one piece some are obeyed, and the rest waits unread."""
        flood = self.ann.socket.send(TextMessage("/msg #lobby flood")) * 100
        self.clock.advance(1)
        self.ann.door.dataReceived(flood)
        read = len(self.bob.reads())
        self.assertLess(read, 17)
        self.assertEqual(self.ann.transport.producerState, "paused")
        self.assertGreater(len(self.ann.door.kept), len(flood) // 2)
        self.bob.says("/msg #lobby me too")
        self.assertEqual(self.bob.reads(), ["#lobby <bob> me too"])
        self.clock.pump([0] * 20)
        self.assertEqual(len(self.bob.reads()), 100 - read)
        self.assertEqual(self.ann.transport.producerState, "producing")
        self.assertEqual(self.ann.door.kept, b"")

    def test_nothing_is_obeyed_of_a_browser_that_is_gone(self) -> None:
        """Lines that arrive with the end of its connection are thrown away."""
        self.ann.door.dataReceived(
            self.ann.socket.send(TextMessage("/msg #lobby flood")) * 100
        )
        self.ann.goes(ConnectionAborted())
        self.bob.reads()
        self.clock.pump([0] * 20)
        self.assertEqual(self.bob.reads(), [])


class EndTests(WebTestCase):
    """How a browser goes, and how it is found that it has gone."""

    def test_a_goodbye_is_heard_at_once(self) -> None:
        """The others are told before the connection has ended, and may talk on."""
        self.ann.door.dataReceived(self.ann.socket.send(CloseConnection(1001)))
        self.assertEqual(self.bob.reads(), ["* ann has left #lobby"])
        self.bob.says("/msg #lobby bye", "/nick ann")
        self.assertEqual(self.bob.reads()[-1], "* bob is now known as ann")
        self.ann.reads()
        self.assertEqual(self.ann.closed, 1001)
        self.assertTrue(self.ann.transport.disconnecting)
        self.assertIsNone(self.ann.transport.producer)  # or over TLS it never closes
        self.ann.goes()
        self.assertEqual(self.bob.reads(), [])

    def test_nothing_is_taken_after_a_goodbye(self) -> None:
        """Neither a message nor a ping, which Twisted would answer with an error."""
        for data in [TextMessage("/msg bob hi"), Ping(), CloseConnection(1000)]:
            client = WebClient(self.factory)
            late = client.socket.send(data)
            client.door.dataReceived(frame(CLOSE) + late)
            client.door.dataReceived(late)
            self.clock.advance(Doors.ROUND)
            self.assertNotIn(f"<{client.protocol.nick}> hi", self.bob.reads())

    def test_text_is_what_it_takes(self) -> None:
        """A browser that sends bytes, or invalid UTF-8, is sent away."""
        late = frame(TEXT, b"/msg bob hi")
        for data in [frame(BINARY, b"x") * 9 + late, frame(TEXT, b"\xff") + late]:
            client = WebClient(self.factory)
            self.assertLess(len(self.logged([data], client)), 2)
            self.assertTrue(client.transport.disconnecting)
            client.goes(ConnectionAborted())
            lines = self.bob.reads()
            self.assertEqual(lines[-1], f"* {client.protocol.nick} has left #lobby")
            self.assertNotIn(f"<{client.protocol.nick}> hi", lines)
        client.listen()
        self.assertEqual(client.closed, 1007)

    def test_a_silent_browser_is_asked_and_then_dropped(self) -> None:
        """A laptop that went to sleep doesn't keep its name forever."""
        self.clock.pump([Doors.ROUND] * 2)
        self.ann.listen()
        self.assertEqual(self.ann.pings, 2)
        self.assertFalse(self.ann.transport.disconnecting)
        with capturedLogs() as events:
            self.clock.advance(Doors.ROUND)
        [event] = events
        self.assertEqual(event["why"], "it did not answer")
        self.assertTrue(self.ann.transport.disconnected)

    def test_a_browser_that_answers_is_kept(self) -> None:
        """For days, although it says nothing; the answers do not add up."""
        for _ in range(3000):
            self.clock.advance(Doors.ROUND)
            self.ann.door.dataReceived(frame(PONG))
        self.assertFalse(self.ann.transport.disconnecting)
        self.assertEqual(self.ann.door.received, 0)

    def test_a_browser_that_talks_is_kept(self) -> None:
        """It lives, whether it answers pings or not."""
        for _ in range(9):
            self.clock.advance(Doors.ROUND)
            self.ann.says("/msg bob hi")
        self.assertFalse(self.ann.transport.disconnecting)

    def test_a_connection_that_asks_for_nothing_is_dropped(self) -> None:
        """A request that arrives a byte now and then is closed at a deadline."""
        door, transport = knock(self.doors)
        for _ in range(3):
            door.dataReceived(b"G")
            self.assertFalse(transport.disconnecting)
            self.clock.advance(Doors.ROUND)
        self.assertTrue(transport.disconnected)

    def test_a_goodbye_that_cannot_be_sent_does_not_keep_a_connection(self) -> None:
        """A browser that says goodbye and reads nothing is dropped in time."""
        self.ann.door.dataReceived(frame(CLOSE))
        self.assertFalse(self.ann.transport.disconnected)
        self.clock.pump([Doors.ROUND] * 3)
        self.assertTrue(self.ann.transport.disconnected)

    def test_the_doors_are_looked_after_as_long_as_a_port_is_open(self) -> None:
        """Nothing is left that rings."""
        self.ann.goes()
        self.doors.doStop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.doors.protocols, {})


class SlowReaderTests(WebTestCase):
    """A browser that does not read is dropped like any other client."""

    LINE = "/msg #lobby " + "x" * 400

    def setUp(self) -> None:
        """Has ann's connection full."""
        super().setUp()
        IPushProducer(self.ann.transport.producer).pauseProducing()

    def test_gets_what_waits_once_it_reads(self) -> None:
        """In order, a message each."""
        for number in range(100):
            self.bob.says(f"/msg #lobby {number}")
        self.assertEqual(self.ann.reads(), [])
        IPushProducer(self.ann.transport.producer).resumeProducing()
        self.assertEqual(self.ann.reads(), [f"#lobby <bob> {n}" for n in range(100)])

    def test_may_say_goodbye(self) -> None:
        """Lines that wait are not sent anymore: nobody would read them."""
        self.bob.says("/msg #lobby hello")
        self.ann.door.dataReceived(self.ann.socket.send(CloseConnection(1000)))
        self.assertEqual(self.ann.reads(), [])
        self.assertEqual(self.bob.reads()[-1], "* ann has left #lobby")

    def test_is_dropped_at_the_bound(self) -> None:
        """The others go on; the log says why."""
        with capturedLogs() as events:
            for _ in range(Outbox.LIMIT // 400 + 1):
                self.bob.says(self.LINE)
            self.assertTrue(self.ann.transport.disconnected)
            self.ann.goes(ConnectionAborted())
        self.assertEqual([e["why"] for e in events], ["it does not read"])
        self.assertEqual(self.bob.reads()[-1], "* ann has left #lobby")


class FuzzTests(WebTestCase):
    """Nonsense: no exception, no memory, and the others do not notice."""

    def test_any_bytes_after_the_handshake(self) -> None:
        """Frames that are right, half right and wrong, cut anywhere."""
        for seed in range(300):
            dice = random.Random(seed)
            evil = WebClient(self.factory)
            data = b"".join(self.nonsense(dice) for _ in range(30))
            while data and not evil.transport.disconnecting:
                cut = dice.randrange(1, 2000)
                evil.door.dataReceived(data[:cut])
                data = data[cut:]
                self.clock.advance(1)
            self.assertLess(evil.door.received, Door.MESSAGE + Door.PIECE + 1)
            if dice.random() < 0.5:
                IPushProducer(evil.transport).stopProducing()
            evil.goes()
            self.ann.door.dataReceived(frame(PONG))
        self.ann.reads(), self.bob.reads()
        self.ann.says("/msg bob still here?")
        self.assertEqual(self.bob.reads(), ["<ann> still here?"])
        self.assertEqual(list(self.factory.chat.clients), ["ann", "bob"])

    def nonsense(self, dice: random.Random) -> bytes:
        """Returns something like a frame."""
        payload = dice.choice(
            [
                dice.randbytes(dice.randrange(126)),
                b"/msg ann hi",
                b"/nick x",
                "/msg #lobby żółw \u202e".encode()[: dice.randrange(30)],
                b"\x03\xe8",
            ]
        )
        opcode = dice.choice([MORE, TEXT, TEXT, TEXT, BINARY, CLOSE, PING, PONG])
        data = bytearray(frame(opcode, payload, last=dice.random() < 0.7))
        if dice.random() < 0.1:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        return bytes(data)

    def test_any_bytes_before_it(self) -> None:
        """A request that is changed in some places is refused or accepted, quietly."""
        good = (
            f"GET /chat HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
        for seed in range(600):
            dice = random.Random(seed)
            data = bytearray(good)
            for _ in range(dice.randrange(4)):
                at = dice.randrange(len(data))
                data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
            door, _ = knock(self.doors)
            with warnings.catch_warnings():  # Twisted's own pages for 405 and 501
                warnings.filterwarnings("ignore", "twisted.web.resource._Unsafe")
                door.dataReceived(bytes(data))
            door.connectionLost()
        self.assertEqual(list(self.factory.chat.clients), ["ann", "bob"])


class AddressTests(SynchronousTestCase):
    """What the announcement says."""

    def test_a_server_for_all_names_an_address_of_this_machine(self) -> None:
        """0.0.0.0 is no address that a phone could open."""
        host, _, port = reachable("0.0.0.0:8080").rpartition(":")
        self.assertEqual((host.count("."), port), (3, "8080"))
        self.assertNotEqual(host, "0.0.0.0")  # noqa: S104
        self.assertEqual(reachable("127.0.0.1:8080"), "127.0.0.1:8080")
