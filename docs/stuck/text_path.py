"""A site with a page at /hello."""

from browse import browse
from twisted.web.resource import Resource
from twisted.web.static import Data

root = Resource()
root.putChild("hello", Data(b"hello\n", "text/plain"))
browse(root, "GET /hello")
