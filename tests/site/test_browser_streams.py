"""A stream in a real browser: the number on a page moves when somebody else asks."""

from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.site.test_browser import browser
from tests.stage_process import LOOPBACK, serving

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]  # a fixture


def test_a_number_moves_when_somebody_asks(browser: "Browser") -> None:
    """Two pages show each new number, and one that comes late shows the newest."""
    with (
        serving("02_http_counter/labs/live_count.py", LOOPBACK) as server,
        browser.new_context() as context,
    ):
        pages = [context.new_page(), context.new_page()]
        for page in pages:
            page.goto(f"{server.target}watch")
            page.get_by_text("Requests so far: 0").wait_for()
        for number in (1, 2):
            with urlopen(server.target) as answer:  # noqa: S310 - the lab's own
                assert answer.read() == b"I am request #%d\n" % number
            for page in pages:
                page.get_by_text(f"Requests so far: {number}").wait_for()
        late = context.new_page()
        late.goto(f"{server.target}watch")
        late.get_by_text("Requests so far: 2").wait_for()
