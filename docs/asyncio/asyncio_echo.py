"""Stage 1's echo server on asyncio, with a Protocol: python asyncio_echo.py PORT."""

import asyncio
import sys
from contextlib import suppress
from typing import cast


class EchoProtocol(asyncio.Protocol):
    """One conversation with one client: sends back whatever it receives."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport, which asyncio passes to no other method."""
        self.transport = cast("asyncio.Transport", transport)  # tells mypy its type

    def data_received(self, data: bytes) -> None:
        """Echoes `data`: the next bytes of a stream, cut at any place."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """Stops receiving; the loop calls this once more than 64 KiB wait."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Receives again; the loop calls this once no more than 16 KiB wait."""
        self.transport.resume_reading()


async def main(port: int) -> None:
    """Echoes at `port`, for this machine alone, until the process is told to stop."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EchoProtocol, "127.0.0.1", port)
    _, port = server.sockets[0].getsockname()
    print(f"Echo server on 127.0.0.1:{port}", flush=True)
    # After Ctrl-C, some Pythons' serve_forever waits until the last client is gone.
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C is an exception here
        asyncio.run(main(int(sys.argv[1])))
