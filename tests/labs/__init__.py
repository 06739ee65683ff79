"""Tests of what goes on from the stages: labs, benchmarks, servers that share rooms."""
