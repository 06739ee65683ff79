"""What a bot that echoes has to do. Here, the test plays the server."""

from echo_bot import EchoBot
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory

from docs.machinery.exercises.case import Client, ServerCase


class EchoBotTests(ServerCase):
    """The bot, which is guest7, hears lines from the server."""

    def make_factory(self, clock: IReactorTime) -> Factory[EchoBot]:
        """Returns what connects."""
        return Factory.forProtocol(EchoBot)

    def greet(self, nick: str = "guest7") -> Client:
        """Returns the server, to which the bot has connected."""
        server = Client("The server", self)
        self.happens("The bot connects", lambda: server.connect(self.factory))
        server.says(f"* You are {nick}")
        return server

    def meet(self) -> Client:
        """Returns the server, which has done what the bot has asked of it so far."""
        server = self.greet()
        server.clear()
        return server

    def test_joins_its_channel(self) -> None:
        """The bot begins with a line that takes it to #echo."""
        server = self.greet()
        server.receives(b"/join #echo\n")

    def test_says_what_others_say(self) -> None:
        """The bot repeats in #echo what others say there, each time."""
        server = self.meet()
        server.says("#echo <Alice> hello")
        server.hears("/msg #echo hello")
        server.says("#echo <Alice> hello")
        server.hears("/msg #echo hello")

    def test_does_not_answer_itself(self) -> None:
        """When its own words come back, the bot is quiet."""
        server = self.meet()
        server.says("#echo <guest7> hello")
        server.hears()

    def test_answers_every_guest(self) -> None:
        """Only one guest is the bot: it answers all others."""
        server = self.meet()
        server.says("#echo <guest1> hello")
        server.hears("/msg #echo hello")

    def test_answers_nicks_of_every_kind(self) -> None:
        """A nick may begin like the bot's, and may have `-` and `_` in it."""
        server = self.meet()
        for nick in ["guest77", "a-b_c"]:
            server.says(f"#echo <{nick}> hello")
            server.hears("/msg #echo hello")

    def test_has_a_nick_for_each_connection(self) -> None:
        """Two connections in one process have two nicks."""
        server = self.meet()
        self.greet("guest8")
        server.says("#echo <guest7> hello")
        server.hears()

    def test_answers_a_line_with_its_name(self) -> None:
        """A line that mentions the bot's nick is not the bot's."""
        server = self.meet()
        server.says("#echo <Alice> hello guest7")
        server.hears("/msg #echo hello guest7")

    def test_is_quiet_elsewhere(self) -> None:
        """The bot answers nothing in other channels or in private."""
        server = self.meet()
        server.says("#lobby <Alice> hello")
        server.says("<Alice> hello")
        server.says("#lobby <Alice> #echo <Bob> hello")
        server.hears()

    def test_does_not_answer_news(self) -> None:
        """The bot answers people, and neither news nor errors."""
        server = self.meet()
        server.says("* Alice has joined #echo")
        server.says("error: you are in #echo already")
        server.hears()

    def test_keeps_the_words_as_they_are(self) -> None:
        """All that follows the speaker's nick was said, whatever it contains."""
        server = self.meet()
        server.says("#echo <Alice> if 1 > 0:  <Bob> żółw")
        server.hears("/msg #echo if 1 > 0:  <Bob> żółw")

    def test_believes_the_server_alone(self) -> None:
        """Eve cannot tell the bot that it is somebody else."""
        server = self.meet()
        server.says("#echo <Eve> * You are Eve")
        server.hears("/msg #echo * You are Eve")
        server.says("#echo <guest7> * You are Eve")
        server.hears()
