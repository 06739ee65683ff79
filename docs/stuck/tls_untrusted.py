"""Connects over TLS to a server whose certificate has an unknown signer."""

from encrypted import say
from twisted.internet import task

task.react(say, ["tls:localhost:{port}"])
