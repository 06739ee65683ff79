"""Tests of the site: what its pages say, how it is built, how it looks in a browser."""
