"""What a request costs: CPU time and memory of stage 2's server, beside its peers."""

import socket
import sys
from importlib.metadata import version
from importlib.util import find_spec

from measure import BENCHMARKS, LOOPBACK, ROOT, Report, Server, read_until, run, serving

AIOHTTP = [str(BENCHMARKS / "aiohttp_counter.py")]
SERVERS = {
    "bare Site": [str(BENCHMARKS / "bare_site.py")],
    "02_http_counter": [str(ROOT / "02_http_counter" / "counter_server.py"), LOOPBACK],
    "http.server": [str(BENCHMARKS / "stdlib_counter.py")],
    "aiohttp": AIOHTTP if find_spec("aiohttp") else [],
}
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ANSWER = rb"HTTP/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\nI am request #(\d+)\n"


def measure_cpu(server: Server, clients: int, requests: int) -> float:
    """Returns the CPU µs of a request, over `requests` of each client."""
    crowd, numbers = connect(server, clients)
    before = server.cpu()
    numbers += ask(crowd, requests)
    used = server.cpu() - before
    # Each request must have been counted, and answered with a number of its own.
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        sys.exit("Wrong answers: not every number came exactly once.")
    return used / (requests * clients) * 1e6


def measure_memory(server: Server, connections: int) -> float:
    """Returns the KiB per idle connection, which is kept alive after its answer."""
    before = server.memory()
    connect(server, connections)
    return (server.memory() - before) / connections


def connect(server: Server, clients: int) -> tuple[list[socket.socket], list[int]]:
    """Returns clients, and the number that each has had in an answer."""
    crowd: list[socket.socket] = []
    numbers: list[int] = []
    for _ in range(clients):
        crowd.append(server.connect())
        numbers += ask(crowd[-1:], 1)  # or too many might wait to be accepted
    return crowd, numbers


def ask(crowd: list[socket.socket], requests: int) -> list[int]:
    """Returns the numbers in the answers to the requests of each client."""
    numbers = []
    for _ in range(requests):
        for client in crowd:
            client.sendall(REQUEST)
        numbers += [int(read_until(client, ANSWER)[1]) for client in crowd]
    return numbers


def main() -> None:
    """Runs the rounds and prints the tables."""
    assert __doc__
    report = Report(__doc__)
    if SERVERS["aiohttp"]:
        report.conditions += f", aiohttp {version('aiohttp')}"
    requests, connections = (10, 100) if report.quick else (60, 900)
    for name in report.rounds(7, SERVERS):
        with serving(*SERVERS[name]) as server:
            cpu = measure_cpu(server, 50, requests)
            report.add("CPU µs per request, 50 connections", name, cpu)
        with serving(*SERVERS[name]) as server:
            memory = measure_memory(server, connections)
            title = f"KiB per idle connection, {connections} connections"
            report.add(title, name, memory)
    report.finish()


if __name__ == "__main__":
    run(main)
