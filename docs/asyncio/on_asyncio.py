"""Runs a stage's script on asyncio's loop: python on_asyncio.py SCRIPT [ENDPOINT]."""

import asyncio
import runpy
import sys
from pathlib import Path

from twisted.internet import asyncioreactor

if __name__ == "__main__":
    # Before anything imports twisted.internet.reactor, or it would be too late. The
    # kind of loop matters on Windows alone: Twisted cannot run on the default there.
    asyncioreactor.install(asyncio.SelectorEventLoop())
    del sys.argv[0]  # from here on, all is as if the stage had been started itself
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
