"""Proves the ladders: runs every step of a stage against every experiment."""
