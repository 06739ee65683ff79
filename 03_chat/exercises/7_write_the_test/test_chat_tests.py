"""What tests of a chat have to notice."""

from bad_chats import DoubleChat, HauntedChat, LeakyChat, OpenChat, SecretiveChat
from chat_commands import Chat
from chat_tests import ChatTests

from docs.machinery.exercises.grader import GradingCase


class ChatTestsTests(GradingCase):
    """The learner's tests meet a good chat, and five bad ones."""

    written = ChatTests

    def test_accepts_the_good_chat(self) -> None:
        """All tests pass with the chat of this stage."""
        self.accepts(Chat)

    def test_notices_the_secretive_chat(self) -> None:
        """A test fails with SecretiveChat, which tells only the client that leaves."""
        question = "Somebody leaves: at whose screens should your test look?"
        self.notices(SecretiveChat, question)

    def test_notices_the_open_chat(self) -> None:
        """A test fails with OpenChat, where strangers publish in a channel."""
        question = "What would a stranger have to type, and who would be surprised?"
        self.notices(OpenChat, question)

    def test_notices_the_double_chat(self) -> None:
        """A test fails with DoubleChat, which has room for a Bob and a BOB."""
        question = "What would somebody type to be taken for Bob?"
        self.notices(DoubleChat, question)

    def test_notices_the_leaky_chat(self) -> None:
        """A test fails with LeakyChat, which shows private messages to all."""
        question = "Alice writes to Bob in private: who must not see it?"
        self.notices(LeakyChat, question)

    def test_notices_the_haunted_chat(self) -> None:
        """A test fails with HauntedChat, which keeps a client that is cut off."""
        question = "Somebody's battery is empty: what should the others read?"
        self.notices(HauntedChat, question)
