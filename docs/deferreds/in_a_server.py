"""A server that needs half a second to answer a line."""

from twisted.internet import defer, reactor, task
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineOnlyReceiver


class Helper(LineOnlyReceiver):
    def lineReceived(self, line):
        work = defer.Deferred.fromCoroutine(self.answer(line))
        work.addErrback(print)

    async def answer(self, line):
        await task.deferLater(reactor, 0.5)
        self.sendLine({b"tea": b"#7", b"coffee": b"#3"}.get(line, b"no such counter"))


async def main(reactor):
    helper, client = Helper(), StringTransport()
    helper.makeConnection(client)
    helper.dataReceived(b"tea\r\nmilk\r\n")
    await task.deferLater(reactor, 1, lambda: print(client.value()))


task.react(main)
