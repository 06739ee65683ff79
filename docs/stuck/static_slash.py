"""Serves the files of a folder below /static/."""

from pathlib import Path
from tempfile import TemporaryDirectory

from browse import browse
from twisted.web.resource import Resource
from twisted.web.static import File

with TemporaryDirectory() as folder:
    Path(folder, "index.html").write_text("hello\n", "utf-8")
    root = Resource()
    root.putChild(b"static/", File(folder))
    browse(root, "GET /static/", "GET /static")
