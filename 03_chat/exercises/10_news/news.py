"""A chat that announces the news every minute: your turn is in `NewsFactory`."""

from collections.abc import Callable

from chat_commands import deliver
from chat_server import ChatFactory
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

EVERY = 60  # seconds
PATIENCE = 10  # seconds for one piece of news


class NewsFactory(ChatFactory):
    """The chat of this stage, whose lobby reads the news."""

    def __init__(self, clock: IReactorTime, news: Callable[[], Deferred[str]]) -> None:
        """Takes the reactor (in a test, a Clock) and a function that asks for news."""
        super().__init__(clock)
        self.news = news
        self.loop = LoopingCall(self.announce)
        self.loop.clock = clock  # otherwise it would use the real reactor's time

    def startFactory(self) -> None:
        """Begins to announce; called when the server opens."""
        super().startFactory()
        # If `announce` fails, so does the Deferred of `start`, and the loop ends.
        self.loop.start(EVERY, now=False)

    async def announce(self) -> None:
        """Tells the lobby the news."""
        # Your turn: what if there is an error, or no answer?
        text = await self.news()
        deliver(f"* {text}", self.chat.channels.members("#lobby"))

    def stopFactory(self) -> None:
        """Closes; called when the server does. Your turn: the loop, too."""
        super().stopFactory()
