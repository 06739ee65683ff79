"""What an echo costs: CPU time and memory of stage 1's server, beside asyncio."""

import socket
from itertools import count

from measure import LOOPBACK, ROOT, Report, Server, read_exactly, run, serving

EXAMPLES = ROOT / "docs" / "asyncio"
STAGE_1 = [str(ROOT / "01_echo" / "echo_server.py"), LOOPBACK]
SERVERS = {
    "asyncio": [str(EXAMPLES / "asyncio_echo.py"), "0"],
    "asyncio streams": [str(EXAMPLES / "streams_echo.py"), "0"],
    "asyncio unlucky": [str(EXAMPLES / "asyncio_echo.py"), "0"],
    "Twisted": STAGE_1,
    "Twisted+asyncio": [str(EXAMPLES / "on_asyncio.py"), *STAGE_1],
}
numbers = count(1)


def measure_cpu(server: Server, clients: int, trips: int) -> float:
    """Returns the CPU µs of a round trip, over several of each client."""
    crowd = connect(server, clients)
    before = server.cpu()
    make_trips(crowd, trips)
    used = server.cpu() - before
    make_trips(crowd, 1)  # had an answer before this one come twice, it is found here
    return used / (trips * clients) * 1e6


def measure_memory(server: Server, connections: int) -> float:
    """Returns the KiB per idle connection."""
    before = server.memory()
    connect(server, connections)
    return (server.memory() - before) / connections


def connect(server: Server, clients: int) -> list[socket.socket]:
    """Returns clients, each of which has had one answer."""
    crowd = []
    for _ in range(clients):
        crowd.append(server.connect())
        make_trips(crowd[-1:], 1)  # or too many might wait to be accepted
    return crowd


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
    report = Report(__doc__)
    trips, connections = (500, 100) if report.quick else (2000, 900)
    for name in report.rounds(7, SERVERS):
        lucky = name != "asyncio unlucky"  # see KEEPING_MEMORY
        with serving(*SERVERS[name], lucky=lucky) as server:
            report.add("CPU ms until it listens", name, server.cpu() * 1e3)
            for clients in (1, 10, 100):
                cpu = measure_cpu(server, clients, trips // clients)
                report.add("CPU µs per echo of 64 bytes", name, cpu, clients=clients)
        with serving(*SERVERS[name], lucky=lucky) as server:
            memory = measure_memory(server, connections)
            title = f"KiB per idle connection, {connections} connections"
            report.add(title, name, memory)
    report.finish()


if __name__ == "__main__":
    run(main)
