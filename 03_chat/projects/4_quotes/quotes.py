"""A quote of the day over UDP: all of it is your turn."""
