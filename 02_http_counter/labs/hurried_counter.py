"""The stage's counter, with a second for each whole request instead of 60.

python 02_http_counter/labs/hurried_counter.py tcp:8080:interface=127.0.0.1
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where counter_server is

from counter_server import CounterSite
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime


async def main(reactor: IReactorCore, endpoint: str) -> None:
    """Counts requests at `endpoint`, until the process is told to stop."""
    site = CounterSite(IReactorTime(reactor))
    site.timeOut = 1  # what each connection is given
    port = await serverFromString(reactor, endpoint).listen(site)
    print(f"Hurried counter on 127.0.0.1:{port.getHost().port}", flush=True)
    await Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
