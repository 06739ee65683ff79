"""Tests of labs, benchmarks, and servers that go on where the stages end."""
