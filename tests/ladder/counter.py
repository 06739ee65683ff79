"""The ladder of stage 2: what a web server that counts must stand."""

import re
import select
import time
from contextlib import suppress

from echo_again import PIECE
from slow_drip import WATCHED, seconds_held

from tests.ladder import echo
from tests.ladder.running import Experiment, Ladder, Outcome, Running
from tests.stage_process import sent_until_stuck

CLIENTS = 100
FORM = 8  # MiB
MOMENT = 0.5  # seconds
DEADLINE = 60  # seconds
OFFERED = 12  # MiB
MEBIBYTE = 1024 * 1024
PATIENCE = 5  # seconds without progress, after which there will be none
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answer_to(server: Running, method: str = "GET", path: str = "/") -> str:
    """Returns all that a server sends for one request, in the HTTP that then ends."""
    with server.connect() as client, client.makefile("rb") as answer:
        client.sendall(f"{method} {path} HTTP/1.0\r\n\r\n".encode("ascii"))
        return answer.read().decode("utf-8")


def number(server: Running) -> int:
    """Returns the number of one more request."""
    found = re.search(r"I am request #(\d+)\n", answer_to(server))
    assert found
    return int(found[1])


def counts(server: Running) -> Outcome:
    """Asks a server that has just started, twice."""
    numbers = [number(server), number(server)]
    return numbers == [1, 2], ""


def head_counts_nothing(server: Running) -> Outcome:
    """Asks for the headers alone, between two requests."""
    before = number(server)
    answer_to(server, "HEAD")
    gained = number(server) - before
    return gained == 1, "" if gained == 1 else f"counts {gained - 1}"


def says_what_it_is(server: Running) -> Outcome:
    """Looks for the two headers that browsers and caches go by."""
    headers = answer_to(server).partition("\r\n\r\n")[0].lower()
    kind = re.search("content-type: ([^;\r]+)", headers)
    assert kind
    if kind[1] != "text/plain":
        return False, kind[1]
    kept_out = "cache-control: no-store" in headers
    return kept_out, "" if kept_out else "caches may keep it"


def the_icon_counts_nothing(server: Running) -> Outcome:
    """Asks as a browser does: for a page, and for the icon of its tab."""
    before = number(server)
    answer_to(server, path="/favicon.ico")
    return number(server) == before + 1, ""


def others_need_not_wait(server: Running) -> Outcome:
    """Asks for the slow page, and meanwhile for the other one."""
    with server.connect() as slow:
        slow.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
        time.sleep(0.2)  # by then the server has it
        start = time.monotonic()
        number(server)
        waited = time.monotonic() - start
        slow.settimeout(0.1)
        try:
            answered = bool(slow.recv(100))
        except TimeoutError:
            answered = False
    if waited < 1 and answered:
        return False, "nothing is slow"
    return waited < 1, f"waits {waited:.1f} s"


def drip(server: Running) -> Outcome:
    """Sends a byte every 10 seconds, for an hour that a Clock makes short."""
    held = seconds_held(server.script)
    figure = "open for an hour" if held == WATCHED else f"closed after {held} s"
    return held <= DEADLINE, figure


def half_close(server: Running) -> Outcome:
    """Asks and ends the sending at once, with many clients in turn."""
    return echo.half_close(server, CLIENTS, REQUEST, b"I am request #")


def never_reads(server: Running) -> Outcome:
    """Asks as often as the server takes it, and reads nothing."""
    before = server.memory()
    with server.connect() as client:
        taken = sent_until_stuck(client, PIECE, OFFERED, PATIENCE)
        grown = server.memory() - before
    figure = f"took {taken:.0f} MiB, grew {grown:.0f}"
    return taken < OFFERED and grown < OFFERED, figure


def unwanted_body(server: Running) -> Outcome:
    """Sends a form that no resource wants, while another client asks for its number."""
    form = b"a=1&" * (FORM * MEBIBYTE // 4)
    headers = (
        "POST / HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n"
    )
    waited = 0.0
    with server.connect() as client:
        with suppress(ConnectionError):  # if it is refused, the rest is not taken
            client.sendall(headers.encode("ascii") + form)
        answered = False
        while not answered:
            start = time.monotonic()
            number(server)
            waited = max(waited, time.monotonic() - start)
            answered = bool(select.select([client], [], [], 0)[0])
    return waited < MOMENT, f"waits {waited:.1f} s"


def broken_connection(server: Running) -> Outcome:
    """Breaks a connection off, once another answer shows that it is read from again."""
    return echo.broken_connection(server, REQUEST, number)


FOLDER = "02_http_counter/steps"
LADDER = Ladder(
    steps=[
        *[f"{FOLDER}/counter{number}.py" for number in range(1, 6)],
        "02_http_counter/counter_server.py",
    ],
    experiments=[
        Experiment("The first answer is #1, the next one #2", counts),
        Experiment("HEAD counts nothing", head_counts_nothing),
        Experiment("The answer is plain text, and not for caches", says_what_it_is),
        Experiment(f"A byte every 10 seconds: closed after {DEADLINE}", drip),
        Experiment(
            f"Of {CLIENTS} clients that ask and half-close, none loses its answer",
            half_close,
        ),
        Experiment(
            f"{OFFERED} MiB of requests, no answer read: memory stays flat",
            never_reads,
        ),
        Experiment(f"{FORM} MiB of a form arrive: nobody has to wait", unwanted_body),
        Experiment("A port that does not exist gives one line", echo.bad_port),
        Experiment("A broken connection gives one line in the log", broken_connection),
        Experiment("The browser's icon counts nothing", the_icon_counts_nothing),
        Experiment("`/` is answered while `/slow` waits", others_need_not_wait),
    ],
    branches=tuple(
        f"{FOLDER}/counter_{name}.py" for name in ["paths", "sleeps", "slow", "thread"]
    ),
)
