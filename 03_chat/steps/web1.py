"""Chat in a browser, step 1: everybody hears everybody."""

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.websocket import WebSocketResource

PAGE = b"""<!doctype html>
<title>Chat</title>
<form><input name="text" autofocus></form>
<pre></pre>
<script>
  const socket = new WebSocket(`ws://${location.host}/chat`);
  const [form, lines] = document.querySelectorAll("form, pre");
  socket.onmessage = (event) => lines.append(event.data + "\\n");
  form.onsubmit = (event) => {
    event.preventDefault();
    socket.send(form.text.value);
    form.reset();
  };
</script>
"""


class Page(Resource):
    def render_GET(self, request):
        return PAGE


class Member:
    def negotiationStarted(self, transport):
        self.transport = transport

    def negotiationFinished(self):
        self.factory.members.add(self)

    def textMessageReceived(self, message):
        for member in self.factory.members:
            member.transport.sendTextMessage(message)

    def connectionLost(self, reason):
        self.factory.members.remove(self)


class Members:
    def __init__(self):
        self.members = set()

    def buildProtocol(self, request):
        member = Member()
        member.factory = self
        return member


async def main(reactor):
    root = Resource()
    root.putChild(b"", Page())
    root.putChild(b"chat", WebSocketResource(Members()))
    endpoint = serverFromString(reactor, "tcp:8080:interface=127.0.0.1")
    await endpoint.listen(Site(root))
    print("Open http://127.0.0.1:8080/")
    await Deferred()


if __name__ == "__main__":
    task.react(main)
