"""Tables that other analyses of a run give: what the answer hinges on, and the structure of the model."""

from __future__ import annotations

import pandas as pd

from sim.answers import Titles
from sim.factorial import structure_ranges, structure_shares
from sim.report.table import Table
from sim.results import Result
from sim.words import rounded, significant_error, support


def hinges(result: Result) -> list[Table]:
    """Return which given data the answer hinges on."""
    return []


def structure(result: Result) -> list[Table]:
    """Return ranges over model structures, and what they come from."""
    if "structure" not in result.arrays:
        return []
    tables = [_ranges(result), _shares(result)]
    return [table for table in tables if len(table.frame)]


def _ranges(result: Result) -> Table:
    titles = Titles(result)
    rows = []
    for row in structure_ranges(result).to_dict("records"):
        unit = support(row["low"], row["high"], row["monte_carlo_error"])
        told = {"lost_days": row["estimate"], "lost_days_low": row["low"], "lost_days_high": row["high"]}
        rows.append(
            {"process": row["who"], "title": titles.process(row["who"])}
            | {name: rounded(value, unit) for name, value in told.items()}
            | {"error_days": significant_error(row["monte_carlo_error"])}
        )
    return Table("structure_ranges", pd.DataFrame(rows))


def _shares(result: Result) -> Table:
    titles = Titles(result)
    rows = [
        {
            "process": row["who"],
            "title": titles.process(row["who"]),
            "factor": row["factor"].replace("_", " "),
            "share": rounded(100.0 * row["share"], 1.0),
            "share_low": rounded(100.0 * row["low"], 1.0),
            "share_high": rounded(100.0 * row["high"], 1.0),
        }
        for row in structure_shares(result).to_dict("records")
    ]
    return Table("structure_shares", pd.DataFrame(rows))
