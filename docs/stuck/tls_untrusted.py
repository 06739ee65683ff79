"""Connects over TLS to a server whose certificate nobody has signed."""

from encrypted import say
from twisted.internet import task

task.react(say, ["tls:localhost:{port}"])
