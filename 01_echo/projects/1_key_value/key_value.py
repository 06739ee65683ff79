"""A key-value server: all of it is your turn."""
