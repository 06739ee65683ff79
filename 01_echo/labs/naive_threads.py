"""An echo server with a thread for each client, without Twisted.

python 01_echo/labs/naive_threads.py 1234
"""

import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer


class Echo(StreamRequestHandler):
    """One conversation, in a thread of its own, which may wait for its client."""

    def handle(self) -> None:
        """Sends back each line, until there are no more."""
        for line in self.rfile:
            self.wfile.write(line)


class NaiveThreads(ThreadingTCPServer):
    """Accepts clients, and starts their threads."""

    daemon_threads = True  # none of them keeps the process alive
    request_queue_size = 128  # clients who may wait to be accepted


with NaiveThreads(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    print(f"Naive threads on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
