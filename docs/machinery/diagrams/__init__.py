"""Plays a scene against a real server, records what happens, and draws it."""
