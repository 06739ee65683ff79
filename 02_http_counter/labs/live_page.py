"""A page on which a number changes, as its browser follows a stream."""

from twisted.web.resource import Resource
from twisted.web.server import Request

PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Live count</title>
<p>Requests so far: <output>none</output></p>
<script>
  const output = document.querySelector("output");
  const numbers = new EventSource("/numbers");
  numbers.onmessage = (event) => { output.textContent = event.data; };
</script>
</html>
"""


class Page(Resource):
    """Answers with the page."""

    def render_GET(self, request: Request) -> bytes:
        """Returns the page. It is the same for everybody: the number comes later."""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return PAGE
