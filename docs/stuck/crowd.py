"""The 1100 clients of too_many.py: each sends hello, and waits for the answer."""

import socket
import sys
from contextlib import ExitStack, suppress


def main() -> None:
    """Prints how many clients got an answer."""
    server = ("127.0.0.1", int(sys.argv[1]))
    with ExitStack() as until_all_are_answered:
        enter = until_all_are_answered.enter_context
        clients = [enter(socket.create_connection(server)) for _ in range(1100)]
        for client in clients:
            with suppress(OSError):
                client.sendall(b"hello")
        answered = 0
        for client in clients:
            with suppress(OSError):
                answered += client.recv(5) == b"hello"
    print(answered, "of", len(clients))


main()
