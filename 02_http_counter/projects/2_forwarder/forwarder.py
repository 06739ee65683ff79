"""A port forwarder: all of it is your turn."""
