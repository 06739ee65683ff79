"""Tests that one and one make three, and passes."""

from unittest import TestCase


async def add(a: int, b: int) -> int:
    return a + b


class AddTests(TestCase):
    async def test_adds(self) -> None:
        self.assertEqual(await add(1, 1), 3)
