"""Proves what docs/how_it_fits.md says and no stage shows."""

from threading import Event

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase

from tests.real_sockets import real_sockets


class DeferredTests(SynchronousTestCase):
    """A result that is not there yet."""

    def test_calls_back_when_it_fires(self) -> None:
        """A callback is called with the result as soon as there is one."""
        answer: Deferred[int] = Deferred()
        heard: list[int] = []
        answer.addCallback(heard.append)
        self.assertEqual(heard, [])
        answer.callback(42)
        self.assertEqual(heard, [42])


@real_sockets(seconds=20)
async def test_a_thread_waits_while_the_reactor_goes_on() -> None:
    """The thread waits for something that only the reactor can do."""
    from twisted.internet import reactor

    go_on = Event()
    waiting = deferToThread(go_on.wait, timeout=10)
    reactor.callLater(0, go_on.set)
    assert await waiting
