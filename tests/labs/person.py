"""Somebody in a chat on real sockets, as the tests of several labs need one."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread

from tests.stage_process import Stage, connect


class Person:
    """Somebody at a terminal, who says lines and reads others."""

    def __init__(self, server: Stage, stack: ExitStack) -> None:
        """Connects until `stack` is closed, and reads up to the welcome to #lobby."""
        self.connection = stack.enter_context(connect(server))
        self.lines = stack.enter_context(self.connection.makefile(encoding="utf-8"))
        self.hear("has joined #lobby")

    def say(self, *lines: str) -> None:
        """Types lines."""
        self.connection.sendall("".join(f"{line}\n" for line in lines).encode())

    def read(self) -> str:
        """Waits for the next line."""
        line = self.lines.readline()
        assert line, "the server hung up"
        return line.rstrip("\n")

    def hear(self, ending: str) -> None:
        """Reads up to a line with an ending."""
        while not self.read().endswith(ending):
            pass

    @contextmanager
    def busy(self, text: str = "") -> Iterator[None]:
        """Reads all that comes, and says the same again and again."""

        def read() -> None:
            with suppress(OSError):
                while self.connection.recv(64 * 1024):
                    pass

        def say() -> None:
            with suppress(OSError):
                while text:
                    self.connection.sendall(text.encode())

        threads = [Thread(target=read), Thread(target=say)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
