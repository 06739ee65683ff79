"""A chat that announces the news every minute, whatever goes wrong."""

from collections.abc import Callable

from chat_commands import deliver
from chat_server import ChatFactory
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

EVERY = 60  # seconds
PATIENCE = 10  # seconds for one piece of news

log = Logger()


class NewsFactory(ChatFactory):
    """The chat of this stage, whose lobby reads the news."""

    def __init__(self, clock: IReactorTime, news: Callable[[], Deferred[str]]) -> None:
        """Takes the reactor (in a test, a Clock) and a function that asks for news."""
        super().__init__(clock)
        self.news = news
        self.loop = LoopingCall(self.announce)
        self.loop.clock = clock  # otherwise it would use the real reactor's time
        self.question: Deferred[str] = succeed("")  # a Deferred that has fired

    def startFactory(self) -> None:
        """Begins to announce; called when the server opens."""
        super().startFactory()
        # No errback: `announce` deals with all of its errors.
        self.loop.start(EVERY, now=False)

    async def announce(self) -> None:
        """Tells the lobby the news, if there is any."""
        try:
            self.question = self.news().addTimeout(PATIENCE, self.clock)
            text = await self.question
        except CancelledError:  # the server closes
            return
        except Exception:  # any error would end all announcements
            log.failure("No news")
        else:
            deliver(f"* {text}", self.chat.channels.members("#lobby"))

    def stopFactory(self) -> None:
        """Stops announcing; called when the server closes."""
        self.loop.stop()
        self.question.cancel()  # does nothing if there is an answer already
        super().stopFactory()
