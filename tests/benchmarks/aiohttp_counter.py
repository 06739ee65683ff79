"""A counter on aiohttp, which is not part of this course: pip install aiohttp."""

import asyncio
from itertools import count

from aiohttp import web

numbers = count(1)


async def answer(_: web.Request) -> web.Response:
    """Answers with the number of this request."""
    return web.Response(text=f"I am request #{next(numbers)}\n")


async def main() -> None:
    """Counts requests on a free port, until the process is told to stop."""
    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"aiohttp on 127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
