"""Asks questions whose answers are run, and has a solution's lines put in order."""
