"""Has something to say."""

from twisted.logger import Logger

log = Logger()

log.warn("somebody is at the door")
