"""Tables that other analyses of a run give: what the answer hinges on, and the structure of the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim import factorial
from sim.estimates import rounded, significant_error, support
from sim.factorial import fewest
from sim.given_data import importance
from sim.losses import losses
from sim.reporting.table import GROUP, Table
from sim.results import Result

ENOUGH = 100  # futures; the shares of fewer say nothing
MOST = 15  # values, of those that the answer hinges on


def hinges(result: Result) -> list[Table]:
    """Return which given values the answer hinges on, and on which grades of sources it rests."""
    if result.replications < ENOUGH:
        return []
    tables = [importance_table(importance(result)), rests_on_table(importance(result, by="grade"))]
    return [table for table in tables if len(table.frame)]


def importance_table(frame: pd.DataFrame) -> Table:
    """Return the values that explain most of the spread of the answer, if their share can be told from 0."""
    rows = []
    for row in frame[frame["low"] > 0.0].head(MOST).to_dict("records"):
        numbers = {"share": row["share"], "share_low": row["low"], "share_high": row["high"]}
        words = {key: str(row[key]) for key in ("direction", "range", "status", "source", "grade")}
        rows.append({"factor": row["factor"], "title": row["title"]} | _percents(numbers) | words)
    return Table("hinges", pd.DataFrame(rows))


def rests_on_table(frame: pd.DataFrame) -> Table:
    """Return how many values each grade of source gives, and how much of the answer."""
    rows = [
        {"grade": row["grade"], "values": int(row["values"])}
        | _percents({"share": row["share"], "share_low": row["low"], "share_high": row["high"]})
        for row in frame.to_dict("records")
    ]
    return Table("rests_on", pd.DataFrame(rows))


def _percents(shares: dict[str, float]) -> dict[str, Any]:
    return {name: rounded(100.0 * share, 1.0) for name, share in shares.items()}


def structure(result: Result) -> list[Table]:
    """Return ranges over model structures, and what they come from."""
    if "structure" not in result.arrays:
        return []
    tables = [_ranges(result)]
    if result.replications >= fewest(result.labels.structure_levels):
        tables.append(_shares(result))
    return [table for table in tables if len(table.frame)]


def _in_order(result: Result, frame: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows with the titles of their processes: users of what is curbed first, the dearest first."""
    rows = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    for names in (result.labels.exposed, result.labels.suppliers):
        for loss in losses(result, names):
            yield from ((loss.title, row) for row in rows if row["who"] == loss.process)


def _ranges(result: Result) -> Table:
    rows = []
    for title, row in _in_order(result, factorial.structure(result)):
        unit = support(row["low"], row["high"], row["monte_carlo_error"])
        told = {"lost_days": row["estimate"], "lost_days_low": row["low"], "lost_days_high": row["high"]}
        rows.append(
            {"process": row["who"], "title": title}
            | {name: rounded(value, unit) for name, value in told.items()}
            | {"error_days": significant_error(row["monte_carlo_error"])}
        )
    return Table("structure_ranges", pd.DataFrame(rows))


def _shares(result: Result) -> Table:
    rows = [
        {"process": row["who"], GROUP: title, "factor": row["factor"].replace("_", " ")}
        | _percents({"share": row["share"], "share_low": row["low"], "share_high": row["high"]})
        for title, row in _in_order(result, factorial.structure(result, by="choice"))
    ]
    return Table("structure_shares", pd.DataFrame(rows), closed=True)
