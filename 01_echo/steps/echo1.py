"""Echo, step 1: what arrives goes back."""

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol


class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


endpoint = serverFromString(reactor, "tcp:1234:interface=127.0.0.1")
endpoint.listen(Factory.forProtocol(Echo))
reactor.run()
