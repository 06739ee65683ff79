"""Lets a reader edit and run a file in the page itself."""
