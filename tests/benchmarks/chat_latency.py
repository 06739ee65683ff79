"""How long a line of one person takes to reach another, in a chat that is running.

Alice says two things, then Bob one; measured is the time from Bob's sending to Alice's
reading. Run a chat server, and then: python tests/benchmarks/chat_latency.py
"""

import socket
import statistics
import sys
import time
from typing import BinaryIO

ROUNDS = 20


def main(host: str, port: int) -> None:
    """Prints the median of the rounds, and whether one could feel it."""
    with (
        socket.create_connection((host, port)) as alice,
        socket.create_connection((host, port)) as bob,
        alice.makefile("rb") as heard,
    ):
        delays = [measure(alice, bob, heard) for _ in range(ROUNDS)]
        for person in (alice, bob):  # who closes with something unread resets
            person.shutdown(socket.SHUT_WR)
            while person.recv(64 * 1024):
                pass
    median = statistics.median(delays) * 1000
    print(f"median {median:.1f} ms:", "at once" if median < 20 else "one can feel it")


def measure(alice: socket.socket, bob: socket.socket, heard: BinaryIO) -> float:
    """Returns the seconds that Bob's line took."""
    for line in (b"/msg #lobby one\n", b"/msg #lobby two\n"):
        alice.sendall(line)
        read_up_to(line.split()[-1], heard)
    start = time.perf_counter()
    bob.sendall(b"/msg #lobby three\n")
    read_up_to(b"three", heard)
    return time.perf_counter() - start


def read_up_to(last_word: bytes, heard: BinaryIO) -> None:
    """Reads lines until one ends with that word."""
    while not heard.readline().endswith(b" " + last_word + b"\n"):
        pass


if __name__ == "__main__":
    main("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 1234)
