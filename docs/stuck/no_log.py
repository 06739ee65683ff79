"""Logs a warning, and nobody sees it."""

from twisted.logger import Logger

log = Logger()

log.warn("somebody is at the door")
