"""The course's tests. This file lets pytest and trial find the stages' modules."""

import sys

from docs.machinery import ROOT, STAGES

__all__ = ["ROOT", "STAGES"]

sys.path[:0] = [
    *map(str, STAGES),
    *(str(stage / "labs") for stage in STAGES),
    str(ROOT / "docs" / "run_it"),
    str(ROOT / "tests" / "benchmarks"),
]
