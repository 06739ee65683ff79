"""Connects over TLS to an address. The certificate is for a name."""

from encrypted import say
from twisted.internet import task

task.react(say, ["tls:127.0.0.1:{port}:trustRoots=."])
