"""A counter on the standard library's http.server, with a thread a connection."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

numbers = count(1)  # next() is one step to all threads


class Counter(BaseHTTPRequestHandler):
    """One connection of a client, in a thread of its own."""

    protocol_version = "HTTP/1.1"  # keeps the connection open after an answer
    wbufsize = -1  # sends head and body in one piece, once the answer is complete

    def do_GET(self) -> None:
        """Answers with the number of this request."""
        body = b"I am request #%d\n" % next(numbers)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_: object) -> None:
        """Keeps no access log."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    print(f"http.server on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
