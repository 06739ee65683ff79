"""Each stage's server script: its endpoint, its announcement, its log."""

from functools import partial

import chat_server
import counter_server
import echo_server

from tests import server_script


class EchoScriptTests(server_script.ServerScriptCase):
    """Stage 1."""

    main = echo_server.main
    address_of = echo_server.address_of
    script = "01_echo/echo_server.py"
    name = "Echo server"
    default = "tcp:1234:interface=127.0.0.1"


class CounterScriptTests(server_script.ServerScriptCase):
    """Stage 2."""

    main = counter_server.main
    address_of = partial(counter_server.address_of, scheme="http")
    script = "02_http_counter/counter_server.py"
    name = "Request counter"
    default = "tcp:8080:interface=127.0.0.1"
    url = "http://{}/"


class ChatScriptTests(server_script.ServerScriptCase):
    """Stage 3."""

    main = chat_server.main
    address_of = chat_server.address_of
    script = "03_chat/chat_server.py"
    name = "Chat server"
    default = "tcp:1234:interface=127.0.0.1"
