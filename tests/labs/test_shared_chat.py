"""Two chat servers and a real Redis, each a process of its own."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from select import select

import pytest
from chat_commands import NAME_RULE

from tests.labs.person import Person
from tests.labs.redis_server import RedisServer, require_redis, running_redis
from tests.stage_process import LOOPBACK, Stage, complaint_of, posix_only, run, serving

SERVER = "03_chat/labs/shared_chat.py"
WITHOUT_HIREDIS = f"""
import runpy, sys
sys.path.insert(0, "03_chat/labs")
sys.modules["hiredis"] = None
runpy.run_path({SERVER!r}, run_name="__main__")
"""
GONE = "Redis is gone, rooms are not shared: "
BACK = "Redis is back, rooms are shared"

pytestmark = [posix_only, pytest.mark.slow]


class World:
    """A Redis, servers that share their rooms through it, and their people."""

    def __init__(self, redis: RedisServer, stack: ExitStack) -> None:
        """Takes a Redis that runs; `stack` ends all that is started here."""
        self.redis = redis
        self.stack = stack

    def server(self, name: str) -> Stage:
        """Starts a server."""
        serve = serving(SERVER, name, LOOPBACK, self.redis.endpoint)
        return self.stack.enter_context(serve)

    def person(self, server: Stage) -> Person:
        """Connects somebody."""
        return Person(server, self.stack)

    def first(self, server: Stage) -> Person:
        """Connects the first one to a server; Redis hears of it."""
        person = self.person(server)
        self.redis.sees("SUBSCRIBE", "#lobby")
        return person


@pytest.fixture
def world() -> Iterator[World]:
    """A Redis that no server uses yet."""
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis())
        yield World(redis, stack)


def logged(server: Stage) -> str:
    """Waits for the next line in a server's log."""
    assert server.process.stderr is not None
    return server.process.stderr.readline().rstrip("\n")


def stop(server: Stage) -> tuple[int, str]:
    """Tells a server to stop; returns its status, and what is left of its log."""
    server.process.send_signal(signal.SIGTERM)
    return server.wait()


def test_two_servers_share_their_rooms(world: World) -> None:
    """Each line is read once by each member, on both servers, in its order."""
    east, west = world.server("east"), world.server("west")
    ann, cy = world.first(east), world.first(west)
    assert ann.read() == "west: * guest1 has joined #lobby"
    ann.say("/nick ann", "/msg #lobby żółw", "/join #tea", "/leave #lobby")
    assert [ann.read() for _ in range(4)] == [
        "* guest1 is now known as ann",
        "#lobby <ann> żółw",
        "* ann has joined #tea",
        "* ann has left #lobby",
    ]
    assert [cy.read() for _ in range(3)] == [
        "east: * guest1 is now known as ann",
        "east: #lobby <ann> żółw",
        "east: * ann has left #lobby",
    ]
    cy.say("/msg #lobby nobody else is here", "/join #tea")
    assert ann.read() == "west: * guest1 has joined #tea"
    assert stop(east) == stop(west) == (0, "")


def test_many_lines_cross_in_order(world: World) -> None:
    """One server delivers all that the other one publishes, without a gap."""
    ann = world.first(world.server("east"))
    cy = world.first(world.server("west"))
    assert ann.read() == "west: * guest1 has joined #lobby"
    cy.say(*(f"/msg #lobby {number}" for number in range(300)))
    for number in range(300):
        assert ann.read() == f"west: #lobby <guest1> {number}"


@pytest.mark.parametrize("flood", ["/nick a\n/nick b\n", f"/msg #lobby {'x' * 480}\n"])
def test_a_flood_costs_nobody_elsewhere_a_line(world: World, flood: str) -> None:
    """A client that sends very much blocks neither the link nor another client."""
    east, west = world.server("east"), world.server("west")
    flooder, ann = world.first(east), world.person(east)
    readers = [world.first(west), *(world.person(west) for _ in range(20))]
    flooder.say(*(f"/join #{number:016}" for number in range(19)))
    with ann.busy(), flooder.busy(flood * 1000):
        for number in range(20):
            ann.say(f"/msg #lobby {number}")
            start = time.monotonic()
            for reader in readers:
                while reader.read() != f"east: #lobby <guest2> {number}":
                    pass
            assert time.monotonic() - start < 10
    for server in (east, west):
        status, errors = stop(server)
        assert status == 0
        # A flooder hangs up with much unread, which may be a broken connection.
        assert "it does not read" not in errors


def test_redis_is_killed_and_comes_back(world: World) -> None:
    """The servers say so, serve their own people meanwhile, and share again."""
    east, west = world.server("east"), world.server("west")
    ann, cy = world.first(east), world.first(west)
    assert ann.read() == "west: * guest1 has joined #lobby"
    world.redis.kill()
    for server in (east, west):
        assert logged(server).startswith(GONE)
    bob = world.person(east)
    bob.say("/msg #lobby still here")
    assert ann.read() == "* guest2 has joined #lobby"
    assert ann.read() == "#lobby <guest2> still here"
    world.redis.start()
    for server in (east, west):
        assert logged(server) == BACK
        world.redis.sees("SUBSCRIBE", "#", "#lobby")
    ann.say("/msg #lobby hello again")
    assert cy.read() == "east: #lobby <guest1> hello again"  # the rest is lost
    cy.say("/msg #lobby hello")
    assert ann.read() == "#lobby <guest1> hello again"
    assert ann.read() == "west: #lobby <guest1> hello"


def test_a_server_starts_before_redis_does(world: World) -> None:
    """It says that it is alone, serves, and shares as soon as there is a Redis."""
    world.redis.kill()
    east = world.server("east")
    assert east.process.stderr is not None
    assert select([east.process.stderr], [], [], 0)[0]  # it knew before it announced
    assert logged(east).startswith(GONE)
    ann = world.person(east)
    ann.say("/msg ann hello")
    assert ann.read() == "error: nobody here is called ann"
    world.redis.start()
    assert logged(east) == BACK
    world.redis.sees("SUBSCRIBE", "#", "#lobby")
    world.person(world.server("west"))
    assert ann.read() == "west: * guest1 has joined #lobby"


def test_a_server_is_killed_and_comes_back(world: World) -> None:
    """The other one does not notice, and hears it again once it is back."""
    east, west = world.server("east"), world.server("west")
    ann, cy = world.first(east), world.first(west)
    assert ann.read() == "west: * guest1 has joined #lobby"
    east.process.kill()
    east.wait()
    cy.say("/msg #lobby anybody?")
    assert cy.read() == "#lobby <guest1> anybody?"
    world.first(world.server("east"))
    assert cy.read() == "east: * guest1 has joined #lobby"
    assert stop(west) == (0, "")


def test_a_redis_that_stands_still_holds_nobody_up(world: World) -> None:
    """People here talk on as if nothing were, and the server can be stopped."""
    east = world.server("east")
    ann, bob = world.first(east), world.person(east)
    assert ann.read() == "* guest2 has joined #lobby"
    world.redis.process.send_signal(signal.SIGSTOP)
    for number in range(20):  # more, and stopping would wait for Redis to take them
        ann.say(f"/msg #lobby {number}")
        assert bob.read() == f"#lobby <guest1> {number}"
    assert stop(east) == (0, "")


def test_the_stages_client_works(world: World) -> None:
    """The stage's client talks to this server as to the stage's."""
    east = world.server("east")
    result = run("03_chat/chat_client.py", east.target, given=b"/msg guest1 hello\n")
    assert result.stdout.endswith(b"<guest1> hello\n")


def test_what_cannot_be_served_is_one_line(world: World) -> None:
    """A busy port, and nonsense in either place, end with status 1 and say why."""
    host, port = world.server("east").where
    for endpoint, redis in [
        (f"tcp:{port}:interface={host}", world.redis.endpoint),
        ("tcp:http", world.redis.endpoint),
        (LOOPBACK, "tcp:redis"),
    ]:
        result = run(SERVER, "west", endpoint, redis)
        assert complaint_of(result).startswith(
            f"Cannot serve '{endpoint}' with '{redis}': "
        )


def test_a_name_that_others_could_not_read_is_refused() -> None:
    """It stands before each line: neither a space nor a terminal's command fits in."""
    require_redis()
    for name in ["", "ea st", "east:", "\x1b[2J", "x" * 17]:
        result = run(SERVER, name, LOOPBACK, "tcp:127.0.0.1:1")
        assert (result.returncode, result.stdout) == (1, b"")
        assert result.stderr.decode() == f"A server's name is {NAME_RULE}.\n"


def test_who_has_no_hiredis_is_told_how_to_get_it() -> None:
    """A learner who has not read so far gets a command and no traceback."""
    result = run("-c", WITHOUT_HIREDIS)
    assert "python -m pip install hiredis==" in complaint_of(result)
