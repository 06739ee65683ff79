"""The course's tests; this file lets trial find the stages, as pytest's settings do."""

import sys

from docs.machinery import ROOT, STAGES

__all__ = ["ROOT", "STAGES"]

sys.path[:0] = [
    *map(str, STAGES),
    *(str(stage / "labs") for stage in STAGES),
    str(ROOT / "docs" / "run_it"),
    str(ROOT / "tests" / "benchmarks"),
]
