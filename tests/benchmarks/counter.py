"""What a request costs: CPU time of stage 2's server, beside the barest Site."""

import socket
import sys

from measure import (
    BENCHMARKS,
    LOOPBACK,
    ROOT,
    Server,
    is_quick,
    print_table,
    read_until,
    rounds,
    serving,
)

SERVERS = {
    "bare Site": [str(BENCHMARKS / "bare_site.py")],
    "02_http_counter": [str(ROOT / "02_http_counter" / "counter_server.py"), LOOPBACK],
}
CONNECTIONS = 50  # kept alive, with one request on each at a time
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ANSWER = rb"HTTP/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\nI am request #(\d+)\n"


def measure_cpu(server: Server, requests: int) -> float:
    """Returns the CPU µs of a request, over so many on each of the connections."""
    connections = [server.connect() for _ in range(CONNECTIONS)]
    numbers = ask(connections, 2)  # what is done only once in a process is done now
    before = server.cpu()
    numbers += ask(connections, requests)
    used = server.cpu() - before
    # Each request must have been counted, and answered with a number of its own.
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        sys.exit("Wrong answers: not every number came exactly once.")
    return used / (requests * CONNECTIONS) * 1e6


def ask(connections: list[socket.socket], requests: int) -> list[int]:
    """Returns the numbers in the answers to so many requests on each connection."""
    numbers = []
    for _ in range(requests):
        for connection in connections:
            connection.sendall(REQUEST)
        numbers += [int(read_until(each, ANSWER)[1]) for each in connections]
    return numbers


def main() -> None:
    """Runs the rounds and prints the table."""
    assert __doc__
    count, requests = (1, 10) if is_quick(__doc__) else (7, 80)
    samples: dict[str, list[float]] = {name: [] for name in SERVERS}
    for name in rounds(count, SERVERS):
        with serving(*SERVERS[name]) as server:
            samples[name].append(measure_cpu(server, requests))
    print_table(f"CPU µs per request, {CONNECTIONS} connections", samples)


if __name__ == "__main__":
    main()
