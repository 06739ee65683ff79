"""Tests of the three stages, each in memory and over real sockets."""
