"""A quiz for everybody who connects: all of it is your turn."""
