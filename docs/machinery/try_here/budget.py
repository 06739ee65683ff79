"""Stops code that never ends, however fast or slow the machine is.

It counts what the reader's own file does: the lines and jumps that run. A program that
never ends passes any limit; a good one does not, even where it takes a minute.
"""

import sys
import time
from collections.abc import Callable
from types import CodeType
from typing import Self

LIMIT = 1_000_000  # lines and jumps; no exercise's solution needs 20,000
PULSE = 1.0  # seconds after which one more sign of life is given
OFTEN = 1_000  # lines, after which it is worth to look at the time


class Spent(BaseException):
    """Ends code that has used up its budget; `except Exception` does not stop it."""


class Budget:
    """What the code in a file may still do: `with Budget(file): run(file)`.

    Afterwards `line` is the line that was running when the budget was spent, or 0.
    Before Python 3.12, which cannot count, it never is.
    """

    def __init__(
        self,
        file: str,
        limit: int = LIMIT,
        alive: Callable[[], object] = lambda: None,
    ) -> None:
        """Calls `alive` about once a second while the code goes on."""
        self.file = file
        self.limit = self.left = limit
        self.alive = alive
        self.line = 0
        self.told = time.monotonic()

    if sys.version_info >= (3, 12):

        def __enter__(self) -> Self:
            """Begins to count."""
            watch, kinds = sys.monitoring, sys.monitoring.events
            self.tool = next(n for n in range(6) if watch.get_tool(n) is None)
            watch.use_tool_id(self.tool, "budget")
            for kind in (kinds.LINE, kinds.JUMP):
                watch.register_callback(self.tool, kind, self.spend)
            watch.register_callback(self.tool, kinds.PY_START, self.begin)
            watch.set_events(self.tool, kinds.PY_START)
            return self

        def __exit__(self, *_: object) -> None:
            """Counts no more."""
            watch, kinds = sys.monitoring, sys.monitoring.events
            watch.set_events(self.tool, watch.events.NO_EVENTS)
            for kind in (kinds.LINE, kinds.JUMP, kinds.PY_START):
                watch.register_callback(self.tool, kind, None)
            watch.free_tool_id(self.tool)

        def begin(self, code: CodeType, _: int) -> object:
            """Has the code of the file counted, and no other."""
            if code.co_filename == self.file:
                kinds = sys.monitoring.events
                events = kinds.LINE | kinds.JUMP
                sys.monitoring.set_local_events(self.tool, code, events)
            return sys.monitoring.DISABLE

        def spend(self, *_: object) -> None:
            """Counts a line that is about to run, or a jump; or ends the code."""
            self.left -= 1
            if self.left < 0:
                self.line = self.line or sys._getframe(1).f_lineno  # noqa: SLF001 - see inspect
                raise Spent
            if not self.left % OFTEN and time.monotonic() - self.told > PULSE:
                self.told = time.monotonic()
                self.alive()

    else:

        def __enter__(self) -> Self:
            """Does nothing."""
            return self

        def __exit__(self, *_: object) -> None:
            """Does nothing."""
