"""Stage 1's echo server on asyncio, with streams: python streams_echo.py PORT."""

import asyncio
import sys
from contextlib import closing, suppress


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Talks to one client until it has no more to say, or is gone."""
    with closing(writer), suppress(ConnectionError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()  # goes on once little enough waits to be sent


async def main(port: int) -> None:
    """Echoes at `port`, for this machine alone, until the process is told to stop."""
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    _, port = server.sockets[0].getsockname()
    print(f"Echo server on 127.0.0.1:{port}", flush=True)
    # After Ctrl-C, some Pythons' serve_forever waits until the last client is gone.
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C is an exception here
        asyncio.run(main(int(sys.argv[1])))
