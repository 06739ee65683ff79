"""Kills a server in the middle of its work, as by `kill -9`; counts the damage."""

import os
import re
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import cast

from blocked_reactor import PAUSE, ask
from counter_lab import Row, Server, compare
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.task import deferLater

KILLS = 3
CLIENTS = 20
ANSWERS = 50  # between a start and a kill


async def ask_on(endpoint: IStreamClientEndpoint, numbers: list[int]) -> None:
    """Asks again and again, until there is no server, and notes the numbers."""
    with suppress(ConnectError):
        while True:
            answer = await ask(endpoint, "/")
            numbers += map(int, re.findall(rb"#(\d+)\n", answer))


async def measure(server: Server) -> dict[str, Row]:
    """Returns how many numbers came twice, and how many nobody got."""
    numbers: list[int] = []
    script = cast("list[str]", server.process.args)[2]
    for kill in range(1, KILLS + 1):
        endpoint = await server.listening()
        server.progress(f"{CLIENTS} clients ask, and the server is killed")
        asking = [
            Deferred.fromCoroutine(ask_on(endpoint, numbers)) for _ in range(CLIENTS)
        ]
        while len(numbers) < kill * ANSWERS:
            await deferLater(IReactorTime(server.reactor), PAUSE)
        server.process.kill()
        await gatherResults(asking)
        if kill < KILLS:
            server = Server(server.reactor, script)
    given = len(set(numbers))
    return {
        f"answers, with {KILLS} kills": len(numbers),
        "numbers that came twice": len(numbers) - given,
        "numbers that nobody got": max(numbers) - given,
    }


if __name__ == "__main__":
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)  # where the server keeps its count.db
        compare(measure, "../counter_server.py", "lasting_counter.py")
