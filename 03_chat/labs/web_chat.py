"""A chat for browsers and for the stage's clients, all in the same channels.

The first ENDPOINT says where browsers find the page, and the second one where clients
send lines. With one ENDPOINT, there are browsers only.

  tcp:8080:interface=127.0.0.1 tcp:1234:interface=127.0.0.1    the defaults
  tcp:8080 tcp:1234                 everyone who can reach this machine
  ssl:8443:privateKey=server.pem    browsers, by https; key and certificate in one file
"""

import os
import socket
import sys
from argparse import ArgumentParser, RawTextHelpFormatter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # where the stage is

from chat_commands import Chat, Client, deliver, fold_channel
from chat_history import RememberingChat, open_chat
from chat_server import DEFAULT, ChatFactory, address_of, announce
from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, IReactorTime
from twisted.logger import STDLibLogObserver, globalLogBeginner
from web_door import Doors
from web_site import PageSite

DEFAULTS = ["tcp:8080:interface=127.0.0.1", DEFAULT]
CLIENT = os.path.relpath(Path(__file__).parents[1] / "chat_client.py")


class NamesChat(Chat):
    """The stage's chat, with one more command: the page shows who is here."""

    NICKS = 20  # in a line; a channel may have more members than fit

    def obey(self, client: Client, line: str) -> None:
        """Does what `line` says; raises CommandError if that is not possible."""
        match line.split():
            case ["/names", channel]:
                self.tell_names(client, fold_channel(channel))
            case _:
                super().obey(client, line)

    def tell_names(self, client: Client, channel: str) -> None:
        """Tells a member who else is in `channel`."""
        nicks = sorted(member.nick for member in self.members_with(client, channel))
        for start in range(0, len(nicks), self.NICKS):
            some = ", ".join(nicks[start : start + self.NICKS])
            deliver(f"* In {channel}: {some}", [client])


class RememberingNamesChat(NamesChat, RememberingChat):
    """The same, with a history."""


async def main(
    reactor: IReactorCore, history: str | None, web: str, lines: str | None = None
) -> None:
    """Chats at both endpoints until told to stop; raises SystemExit if it cannot."""
    clock = IReactorTime(reactor)
    factory = ChatFactory(clock)
    factory.chat = NamesChat()
    doors = Doors(PageSite(factory), clock)
    try:
        if using := history:  # what the error message will name
            factory.chat = await open_chat(reactor, history, RememberingNamesChat)
        using = web
        port = await serverFromString(reactor, web).listen(doors)
        scheme = "https" if web.startswith("ssl:") else "http"
        where = reachable(address_of(port.getHost()))
        said = f"Chat for browsers on {scheme}://{where}/"
        if using := lines:
            port = await serverFromString(reactor, lines).listen(factory)
            said += f", for clients on {address_of(port.getHost())}"
            client = CLIENT if lines == DEFAULT else f"{CLIENT} --help"
            said += f". Try: {sys.orig_argv[0]} {client}"
    except Exception as why:  # each mistake in an endpoint has a type of its own
        sys.exit(f"Cannot use '{using}': {why}")
    reactor.callWhenRunning(announce, said)
    told_to_stop: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", told_to_stop.callback, None)
    await told_to_stop  # by Ctrl-C or SIGTERM
    factory.stopping = True


def reachable(address: str) -> str:
    """Returns an address that others can use, where a server listens on all."""
    host, _, port = address.rpartition(":")
    if host not in {"0.0.0.0", "[::]"}:  # noqa: S104
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        try:
            outward.connect(("192.0.2.1", 9))  # sends nothing, but picks our address
        except OSError:  # there is no network
            return f"127.0.0.1:{port}"
        return f"{outward.getsockname()[0]}:{port}"


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter)
    parser.add_argument("ENDPOINT", nargs="*", default=DEFAULTS)
    parser.add_argument(
        "--history", metavar="FILE", help="remember what is said, in an SQLite file"
    )
    arguments = parser.parse_args()
    if len(arguments.ENDPOINT) > len(DEFAULTS):
        parser.error("at most two endpoints: for browsers, and for clients")
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
    task.react(main, [arguments.history, *arguments.ENDPOINT])
