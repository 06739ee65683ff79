"""Becomes ngircd, an IRC server in C, on a free port: apt-get install ngircd."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

# Debian puts it where only root's shell looks.
PROGRAM = shutil.which("ngircd", path=f"{os.environ['PATH']}:/usr/sbin")
FIRST = 3  # systemd hands over its sockets as the files 3, 4, 5 and so on


def main(program: str) -> None:
    """Listens, and leaves the rest to ngircd: that is how systemd starts a server."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"ngircd on 127.0.0.1:{listening.getsockname()[1]}", flush=True)
    os.dup2(listening.detach(), FIRST)
    os.set_inheritable(FIRST, True)  # noqa: FBT003 (it may have been the file 3 before)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    # It would print a line about each client, which nobody reads.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    settings = Path(__file__).with_name("ngircd.conf")
    command = [program, "--nodaemon", "--config", str(settings)]
    os.execv(program, command)  # noqa: S606 (whose process is the one that is measured)


def find_version(program: str) -> str:
    """Returns ngircd's version, such as 26.1."""
    command = [program, "--version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return shown.removeprefix("ngIRCd ").partition("-")[0]  # what it can do follows


if __name__ == "__main__":
    assert PROGRAM
    main(PROGRAM)
