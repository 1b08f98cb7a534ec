"""Approved numbers of the shipped scenarios: how they are made, and writing them anew.

python -m tests.regression.approve      # after a change of results, with a line in CHANGELOG.md
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import sim

FOLDER = Path(__file__).parents[2] / "scenarios" / "expected"
REPLICATIONS = 8
BEFORE = "curbs_2019+review_2019"
METRICS = (
    "lost_days",
    "lost_days_gross",
    "lost_value",
    "first_short_day",
    "time_to_recover",
    "minimum_cover",
    "fill_rate",
    "licences_granted",
    "mean_wait",
)


def numbers(name: str) -> pd.DataFrame:
    """Return the approved metrics of a scenario: central values, then ranges, seed of the file."""
    scenario = sim.load(name)
    tables = []
    for label, count, ranges in (("central", 1, False), ("ranges", REPLICATIONS, True)):
        summary = sim.run(scenario, replications=count, jobs=1, uncertainty=ranges).summary()
        kept = summary[summary["metric"].isin(METRICS)]
        tables.append(kept.assign(run=label)[["run", "metric", "scope", "estimate", "low", "high", "unit"]])
    return pd.concat(tables, ignore_index=True)


def names() -> list[str]:
    """Return the shipped scenarios, and the variant that has the licences of before there were releases."""
    return [*(listing.name for listing in sim.scenarios()), BEFORE]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for scenario_name in names():
        numbers(scenario_name).to_csv(FOLDER / f"{scenario_name}.csv", index=False, lineterminator="\n")
