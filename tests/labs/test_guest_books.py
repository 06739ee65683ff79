"""The guest books: forms, JSON, and bodies that nobody should send."""

import json
import re
import sys
from http.client import HTTPConnection
from importlib.util import find_spec
from urllib.parse import urlencode

import pytest
from counter_server import CounterSite
from guest_form import GuestBook
from guest_json import GuestList
from small_bodies import SmallBodySite
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from tests import ROOT
from tests.stage_process import (
    LOOPBACK,
    complaint_of,
    connect,
    posix_only,
    resident,
    run,
    serving,
)
from tests.stages.test_counter_server import GET, Answer

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
LONGEST = 16 * 1024  # bytes of a body
HUH = "ignore:twisted.web.resource._UnsafeErrorPage:DeprecationWarning"


def post(body: bytes, kind: bytes = FORM) -> bytes:
    """Returns a request with a body."""
    return (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: %b\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (kind, len(body), body)
    )


class BodyTestCase(SynchronousTestCase):
    """Gives each test a site in memory; a subclass says which Resource answers."""

    root: type[Resource]

    def setUp(self) -> None:
        """Starts a site, as a port does when it opens."""
        self.clock = Clock()
        self.site = SmallBodySite(self.clock, self.root())
        self.site.doStart()
        self.addCleanup(self.site.doStop)

    def send(self, data: bytes, site: CounterSite | None = None) -> StringTransport:
        """Sends some bytes on a connection of their own, which stays open."""
        channel = (site or self.site).buildProtocol(None)
        transport = StringTransport()
        channel.makeConnection(transport)
        channel.dataReceived(data)
        self.addCleanup(channel.connectionLost)
        return transport

    def ask(self, request: bytes) -> Answer:
        """Returns the answer to a request."""
        return Answer(self.send(request).value())


class FormTests(BodyTestCase):
    """The page with a form."""

    root = GuestBook

    def names(self, query: bytes = b"") -> list[bytes]:
        """Returns the names on the page."""
        page = self.ask(GET.replace(b"/", b"/" + query, 1)).body
        return page.partition(b"<ul>")[2].partition(b"</ul>")[0].split(b"\n")

    def test_keeps_the_name_in_a_form(self) -> None:
        """The browser is sent to the page, so a reload doesn't sign again."""
        answer = self.ask(post(b"name=Ann"))
        self.assertEqual((answer.code, answer.headers[b"location"]), (303, b"/"))
        self.assertEqual(self.names(), [b"<li>Ann"])

    def test_takes_the_form_of_a_file_upload(self) -> None:
        """Twisted takes a multipart form apart as well."""
        form = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn\r\n--x--'
        answer = self.ask(post(form, b"multipart/form-data; boundary=x"))
        self.assertEqual(answer.code, 303)
        self.assertEqual(self.names(), [b"<li>Ann"])

    def test_shows_text_and_not_what_it_could_do(self) -> None:
        """A name with HTML in it is shown as it was typed."""
        self.ask(post(urlencode({"name": "<script>é"}).encode()))
        self.assertEqual(self.names(), ["<li>&lt;script&gt;é".encode()])

    def test_asks_for_the_name(self) -> None:
        """Without a name, an empty one, or another type of body: 400, a sentence."""
        for request in (
            post(b"nam=Ann"),
            post(b"name="),
            post(b"name=+"),
            post(b"name=Ann", JSON),
            post(b""),
        ):
            answer = self.ask(request)
            self.assertEqual(answer.code, 400)
            self.assertEqual(answer.body, b"Please fill in the field 'name'.\n")
            self.assertEqual(answer.headers[b"content-type"], b"text/plain")
        self.assertEqual(self.names(), [b""])

    def test_finds_names(self) -> None:
        """The query chooses."""
        for name in (b"Ann", b"Bob", b"Joanna"):
            self.ask(post(b"name=" + name))
        self.assertEqual(self.names(b"?search=nn"), [b"<li>Ann", b"<li>Joanna"])

    def test_takes_bytes_that_are_no_text(self) -> None:
        """What isn't UTF-8 is replaced."""
        self.ask(post(b"name=%FF"))
        self.assertEqual(self.names(b"?search=%FF"), ["<li>\ufffd".encode()])

    def test_forgets_the_first_of_101(self) -> None:
        """The memory that names take is bounded."""
        for number in range(101):
            self.ask(post(b"name=guest%d." % number))
        names = self.names()
        self.assertEqual((len(names), names[0]), (100, b"<li>guest1."))


class JsonTests(BodyTestCase):
    """The list for programs."""

    root = GuestList

    def refusal(self, body: bytes, kind: bytes = JSON) -> tuple[int, str]:
        """Returns the status of an answer, and the sentence in it."""
        answer = self.ask(post(body, kind))
        self.assertEqual(answer.headers[b"content-type"], JSON)
        return answer.code, json.loads(answer.body)["error"]

    def names(self) -> object:
        """Returns the list."""
        return json.loads(self.ask(GET).body)

    def test_adds_a_name(self) -> None:
        """It is created, and told back."""
        answer = self.ask(post(b'{"name": "Zo\xc3\xab", "age": 30}', JSON))
        self.assertEqual(answer.code, 201)
        self.assertEqual(json.loads(answer.body), {"name": "Zoë"})
        self.assertEqual(self.names(), ["Zoë"])

    def test_forgets_all_when_asked(self) -> None:
        """Any method can be answered that the Resource has a `render_` for."""
        self.ask(post(b'{"name": "Ann"}', JSON))
        self.assertEqual(self.ask(GET.replace(b"GET", b"DELETE")).body, b"[]\n")
        self.assertEqual(self.names(), [])

    def test_says_that_it_is_no_json(self) -> None:
        """However a body is broken, the client reads why it was refused."""
        for body in (
            b"",
            b"{",
            b"name=Ann",
            b"\xff",
            b'{"name": "Ann"} {}',
            b"1" * 5000,
            b"[" * LONGEST,
            b'{"a":' * 3000,
        ):
            self.assertEqual(self.refusal(body), (400, "The body is not JSON"))

    def test_says_what_is_missing(self) -> None:
        """JSON without a name, and a name that is no text, are refused."""
        for body in (b"{}", b'{"name": 7}', b'["name"]', b'"Ann"', b"NaN", b"null"):
            self.assertEqual(
                self.refusal(body), (400, "The body has no text called 'name'")
            )
        self.assertEqual(self.names(), [])

    def test_takes_a_text_that_nobody_can_encode(self) -> None:
        """Half of a surrogate pair is legal in JSON."""
        answer = self.ask(post(rb'{"name": "\ud800"}', JSON))
        self.assertEqual((answer.code, answer.body), (201, b'{"name": "\\ud800"}\n'))

    def test_takes_json_only_if_the_header_says_so(self) -> None:
        """A page of another site can send a form without asking, but not JSON."""
        sentence = "Send application/json"
        body = b'{"name": "A"}'
        self.assertEqual(self.refusal(body, b"text/plain"), (415, sentence))
        without = post(body).replace(b"Content-Type", b"Content-Kind")
        self.assertEqual(self.ask(without).code, 415)
        self.assertEqual(self.names(), [])
        answer = self.ask(post(body, b"application/json; charset=UTF-8"))
        self.assertEqual(answer.code, 201)

    def test_forgets_the_first_of_101(self) -> None:
        """The memory that names take is bounded."""
        for number in range(101):
            self.ask(post(b'{"name": "guest%d"}' % number, JSON))
        names = self.names()
        assert isinstance(names, list)
        self.assertEqual((len(names), names[0]), (100, "guest1"))


class BoundTests(BodyTestCase):
    """What every guest book refuses before it arrives."""

    root = GuestList

    def test_takes_a_body_of_16_kib(self) -> None:
        """It may come in pieces."""
        body = b'{"name": "Ann"}'.ljust(LONGEST)
        channel = self.site.buildProtocol(None)
        transport = StringTransport()
        channel.makeConnection(transport)
        self.addCleanup(channel.connectionLost)
        for byte in post(body, JSON):
            self.assertEqual(transport.value(), b"")
            channel.dataReceived(bytes([byte]))
        self.assertEqual(Answer(transport.value()).code, 201)

    def test_refuses_one_more_byte_before_it_arrives(self) -> None:
        """The headers are enough: 413, and the connection closes."""
        headers, _, _ = post(bytes(LONGEST + 1), JSON).partition(b"\0")
        transport = self.send(headers)
        self.assertEqual(Answer(transport.value()).code, 413)
        self.assertTrue(transport.disconnecting)

    def test_refuses_a_body_whose_length_nobody_knows(self) -> None:
        """Chunks could go on forever."""
        chunked = post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        transport = self.send(chunked)
        self.assertEqual(Answer(transport.value()).code, 413)
        self.assertTrue(transport.disconnecting)

    def test_tells_a_client_that_asks_first(self) -> None:
        """`Expect: 100-continue` is answered at once, one way or the other."""
        for length, status in [(LONGEST, b"100"), (LONGEST + 1, b"413")]:
            headers, _, _ = post(bytes(length)).partition(b"\r\n\r\n")
            transport = self.send(headers + b"\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(transport.value().split()[1], status)

    def test_waits_a_minute_for_a_body(self) -> None:
        """A byte now and then does not make it longer."""
        channel = self.site.buildProtocol(None)
        transport = StringTransport()
        channel.makeConnection(transport)
        self.addCleanup(channel.connectionLost)
        channel.dataReceived(post(bytes(100))[:-100])
        for _ in range(6):
            self.assertFalse(transport.disconnecting)
            self.clock.advance(10)
            channel.dataReceived(b"x")
        self.assertTrue(transport.disconnecting)
        self.clock.advance(15)  # the rest of it: the connection is cut off

    def test_the_counter_still_takes_none(self) -> None:
        """A site lets bodies pass only if it says so."""
        site = CounterSite(self.clock)
        site.doStart()
        self.addCleanup(site.doStop)
        self.assertEqual(Answer(self.send(post(b"x"), site).value()).code, 413)


@pytest.mark.filterwarnings(HUH)
class MethodTests(BodyTestCase):
    """Methods that a Resource has no `render_` for."""

    root = GuestList

    def test_only_three_methods_can_be_405(self) -> None:
        """Twisted answers all the others with 501, even those that HTTP defines."""
        for method in (b"PUT", b"PATCH", b"OPTIONS", b"TRACE", b"BREW", b"get"):
            answer = self.ask(GET.replace(b"GET", method))
            self.assertEqual(answer.code, 501)
            self.assertNotIn(b"allow", answer.headers)
        self.site.resource = Resource()
        self.site.resource.isLeaf = True
        for method in (b"GET", b"POST"):
            self.assertEqual(self.ask(GET.replace(b"GET", method)).code, 405)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "sent", "kind"),
    [
        ("guest_form", urlencode({"name": "Ann"}), FORM),
        ("guest_json", '{"name": "Ann"}', JSON),
    ],
)
def test_a_client_signs_and_reads(script: str, sent: str, kind: bytes) -> None:
    """A real client posts, is refused, and reads the name."""
    with serving(f"02_http_counter/labs/{script}.py", LOOPBACK) as server:
        client = HTTPConnection(*server.where)
        headers = {"Content-Type": kind.decode()}
        client.request("POST", "/", sent, headers)
        with client.getresponse() as response:
            response.read()
            assert response.status in {201, 303}
        client.request("POST", "/", b"", headers)
        with client.getresponse() as response:
            response.read()
            assert response.status == 400
        client.request("GET", "/")
        with client.getresponse() as response:
            assert b"Ann" in response.read()
        client.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_bodies_that_never_end_take_little_memory() -> None:
    """Two hundred clients keep 16 KiB each, and another one is served."""
    with serving("02_http_counter/labs/guest_json.py", LOOPBACK) as server:
        before = resident(server)
        unfinished = [connect(server) for _ in range(200)]
        for client in unfinished:
            client.sendall(post(bytes(LONGEST), JSON)[:-1])
        other = HTTPConnection(*server.where)
        for body in (b"[" * LONGEST, b"a=1&" * (LONGEST // 4)):
            kind = JSON if body[:1] == b"[" else FORM
            other.request("POST", "/", body, {"Content-Type": kind.decode()})
            with other.getresponse() as response:
                response.read()
                assert response.status in {400, 415}
        grown = resident(server) - before
        other.close()
        for client in unfinished:
            client.close()
    print(f"grown by {grown / 2**20:.1f} MiB")
    assert grown < 200 * 2 * LONGEST


def has(package: str) -> pytest.MarkDecorator:
    """Skips a test where a package is missing that no stage needs."""
    return pytest.mark.skipif(
        not find_spec(package), reason=f"no {package}: docs/requests.md says how"
    )


@pytest.mark.slow
@has("klein")
@has("treq")
def test_the_list_on_klein_does_the_same() -> None:
    """Both programs work with each other, and with the servers of the course."""
    klein, plain = "labs/klein_guests.py", "labs/guest_json.py"
    for script in (klein, plain):
        with serving(f"02_http_counter/{script}", LOOPBACK) as server:
            for name, shown in [("Ann", b"Ann"), ("Zoe", b"Ann, Zoe")]:
                result = run("02_http_counter/labs/treq_guests.py", name, server.target)
                assert (result.stdout.strip(), result.stderr) == (shown, b"")
            if script == plain:
                continue
            client = HTTPConnection(*server.where)
            for method, path, body, status in [
                ("GET", "/1", "", 200),
                ("GET", "/2", "", 404),
                ("GET", "/no", "", 404),
                ("PUT", "/", "", 405),
                ("POST", "/", "{", 400),
                ("POST", "/", "[" * LONGEST, 400),
                ("POST", "/", '{"name": 7}', 400),
                ("POST", "/", "x" * (LONGEST + 1), 413),
            ]:
                client.request(method, path, body)
                with client.getresponse() as response:
                    response.read()
                    assert response.status == status, (method, path, body[:9])
            client.close()


@pytest.mark.slow
@pytest.mark.parametrize("package", ["klein", "treq"])
def test_who_lacks_a_package_is_told_how_to_get_it(package: str) -> None:
    """The version is the one that the page and the tools name."""
    without = f"import sys, runpy; sys.modules[{package!r}] = None;"
    script = f"02_http_counter/labs/{package}_guests.py"
    result = run(
        "-c",
        f"{without} sys.path[0] = '02_http_counter/labs';runpy.run_path({script!r})",
    )
    [line] = result.stderr.decode().splitlines()
    [version] = re.findall(rf"pip install {package}==(\S+)", line)
    for file in ("docs/requests.md", "pyproject.toml", ".ci/requirements.txt"):
        assert f"{package}=={version}" in (ROOT / file).read_text("utf-8")


@pytest.mark.slow
@posix_only
def test_a_busy_port_is_one_line() -> None:
    """As in the stages."""
    with serving("02_http_counter/labs/guest_form.py", LOOPBACK) as server:
        where = f"tcp:{server.where[1]}:interface=127.0.0.1"
        result = run("02_http_counter/labs/guest_form.py", where)
    assert complaint_of(result).startswith(f"Cannot listen on '{where}': ")
