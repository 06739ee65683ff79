"""What Twisted and asyncio cost: CPU time of the same echo and the same fan-out."""

import os
import socket
from collections import defaultdict
from itertools import count

import chat
from measure import (
    BENCHMARKS,
    LOOPBACK,
    ROOT,
    Server,
    is_quick,
    print_table,
    read_exactly,
    rounds,
    serving,
)

EXAMPLES = ROOT / "docs" / "asyncio"
ON_ASYNCIO = str(EXAMPLES / "on_asyncio.py")  # runs a stage's script on asyncio's loop
STAGE_1 = [str(ROOT / "01_echo" / "echo_server.py"), LOOPBACK]
STAGE_3 = [str(ROOT / "03_chat" / "chat_server.py"), LOOPBACK]
ECHOES = {
    "asyncio": [str(EXAMPLES / "asyncio_echo.py"), "0"],
    "asyncio streams": [str(EXAMPLES / "streams_echo.py"), "0"],
    "Twisted": STAGE_1,
    "Twisted+asyncio": [ON_ASYNCIO, *STAGE_1],
}
CHATS = {
    "asyncio": [str(BENCHMARKS / "asyncio_chat.py")],
    "Twisted": STAGE_3,
    "Twisted+asyncio": [ON_ASYNCIO, *STAGE_3],
}
numbers = count(1)


def measure_echo(server: Server, clients: int, trips: int) -> float:
    """Returns the CPU µs of a round trip, over so many of each client."""
    crowd = [server.connect() for _ in range(clients)]
    make_trips(crowd, 1)  # what is done only once is done now
    before = server.cpu()
    make_trips(crowd, trips)
    used = server.cpu() - before
    make_trips(crowd, 1)  # had an answer before this one come twice, it is found here
    return used / (trips * clients) * 1e6


def make_trips(crowd: list[socket.socket], trips: int) -> None:
    """Sends 64 bytes from each client, then reads each client's own bytes back."""
    for _ in range(trips):
        sent = [(client, b"%63d\n" % next(numbers)) for client in crowd]
        for client, message in sent:
            client.sendall(message)
        # The last first: when it has its answer all have, and none is waited for.
        for client, message in reversed(sent):
            read_exactly(client, message)


def main() -> None:
    """Runs the rounds and prints the tables."""
    assert __doc__
    number, trips = (1, 500) if is_quick(__doc__) else (7, 2500)
    # One core for all. To wake a process on another one can cost more than an echo,
    # and whether it has to be woken is a matter of luck.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    # asyncio reads into 256 KiB of new memory. Without this it is luck, too, whether
    # that takes three system calls more: https://github.com/python/cpython/issues/85451
    os.environ["MALLOC_MMAP_THRESHOLD_"] = str(1024 * 1024)
    one, many, alone, together = (defaultdict[str, list[float]](list) for _ in range(4))
    for name in rounds(number, ECHOES):
        with serving(*ECHOES[name]) as server:
            one[name].append(measure_echo(server, 1, trips))
            many[name].append(measure_echo(server, 50, trips // 25))
    for name in rounds(number, CHATS):
        with serving(*CHATS[name]) as server:
            room = chat.Room(server, 100)
            alone[name].append(chat.measure_cpu(server, room, trips // 20, 1))
            together[name].append(chat.measure_cpu(server, room, trips // 80, 32))
    print_table("CPU µs per echo of 64 bytes, one client", one)
    print_table("CPU µs per echo of 64 bytes, 50 clients at once", many)
    print_table("CPU µs per delivered line, 100 members, one line at a time", alone)
    print_table("CPU µs per delivered line, 100 members, 32 lines in flight", together)


if __name__ == "__main__":
    main()
