"""Tests of the exercises, and of what judges them."""
