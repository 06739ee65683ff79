"""Tests of the stages, in memory and over real sockets."""
