"""Each step of a ladder passes exactly what the table on its page says."""

import json
import sys

import pytest

from tests import ROOT
from tests.ladder.proof import LADDERS, ladder_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the experiments measure memory as on Linux"
)

PROOFS = [(name, step) for name in LADDERS for step in ladder_of(name).all_steps]


def table(name: str) -> dict[str, list[bool]]:
    """Returns the page's table: what each step passes, in the experiments' order."""
    kept = json.loads((ROOT / "docs" / "ladder" / f"{name}.json").read_text("utf-8"))
    ladder = ladder_of(name)
    assert kept["experiments"] == [e.title for e in ladder.experiments]
    assert list(kept["steps"]) == ladder.all_steps
    return {step: [passes for passes, _ in row] for step, row in kept["steps"].items()}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "step"), PROOFS)
def test_the_table_is_true(name: str, step: str) -> None:
    """Each experiment, run against the step, ends as the table on the page says."""
    ladder = ladder_of(name)
    outcomes = ladder.outcomes(step)
    said = zip(ladder.experiments, outcomes, table(name)[step], strict=True)
    wrong = [
        f"{experiment.title}: {'passes' if passes else 'fails'} now, {figure}"
        for experiment, (passes, figure), expected in said
        if passes != expected
    ]
    again = f"python -m tests.ladder.proof {name} --save"
    assert not wrong, f"{step} is not as the table says (made by `{again}`)"


@pytest.mark.parametrize("name", LADDERS)
def test_each_step_passes_more(name: str) -> None:
    """A step passes all that the one before it passes, and at least one thing more."""
    rows = table(name)
    ladder = ladder_of(name)
    passed: set[str] = set()
    for step in ladder.steps:
        titles = [e.title for e in ladder.experiments]
        now = {
            title for title, passes in zip(titles, rows[step], strict=True) if passes
        }
        assert now > passed, f"{step} has lost {passed - now}, or gained nothing"
        passed = now
    assert all(rows[ladder.steps[-1]][: len(passed)])
