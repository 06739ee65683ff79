"""Runs every experiment of a ladder against every step of it.

`python -m tests.ladder.proof echo` prints what passes. `--save` keeps it for the
table on the page, in docs/ladder/echo.json, with the day and the machine.
"""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from measure import describe_machine

from tests import ROOT
from tests.ladder.running import Ladder

LADDERS = sorted(
    file.stem
    for file in Path(__file__).parent.glob("[!_]*.py")
    if "\nLADDER = " in file.read_text("utf-8")
)


def ladder_of(name: str) -> Ladder:
    """Returns the ladder in the module `tests.ladder.NAME`."""
    found = import_module(f"tests.ladder.{name}").LADDER
    assert isinstance(found, Ladder)
    return found


def main() -> None:
    """Runs one ladder, prints it, and may keep it."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("LADDER", choices=LADDERS)
    parser.add_argument("--save", action="store_true", help="keep it for the page")
    arguments = parser.parse_args()
    ladder = ladder_of(arguments.LADDER)
    results = {step: ladder.outcomes(step) for step in ladder.all_steps}
    for step, outcomes in results.items():
        print(step)
        for experiment, (passes, figure) in zip(
            ladder.experiments, outcomes, strict=True
        ):
            print(f"  {'yes' if passes else 'NO '}  {experiment.title}  {figure}")
    if arguments.save:
        kept = {
            "command": f"python -m tests.ladder.proof {arguments.LADDER}",
            "date": datetime.now(UTC).date().isoformat(),
            "conditions": describe_machine(),
            "experiments": [experiment.title for experiment in ladder.experiments],
            "branches": list(ladder.branches),
            "steps": results,
        }
        file = ROOT / "docs" / "ladder" / f"{arguments.LADDER}.json"
        file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
