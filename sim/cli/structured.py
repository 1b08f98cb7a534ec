"""What the command prints of ranges over model structures and of the shares of variance."""

from __future__ import annotations

import pandas as pd

from sim.cli.output import Row
from sim.estimates import summarise, support
from sim.factorial import structure_ranges
from sim.reporting.table import records
from sim.results import Result
from sim.words import between, error, number, range_text


def structure_caption(result: Result, measure: str) -> str:
    """Return how to read the ranges."""
    labels = result.labels
    choices = "; ".join(
        f"{factor}: {', '.join(levels)}"
        for factor, levels in zip(labels.structure_factors, labels.structure_levels, strict=True)
    )
    return (
        f"{result.title}: {measure}, mean and 95 % range of {result.replications} replications with the "
        "structure as written, and with a structure for each, all combinations alike "
        f"({choices})."
    )


def structure_rows(result: Result, measure: str) -> list[Row]:
    """Return ranges with the structure as written and over all of them."""
    values = result.values("process", measure)
    rows = []
    for row in records(structure_ranges(result, measure)):
        own = values[:, result.labels.processes.index(row["who"])]
        written, unit = summarise(own), support(row["low"], row["high"], row["monte_carlo_error"])
        told = f"{number(row['estimate'], unit)} ({between(row['low'], row['high'], unit)})"
        rows.append(
            {
                "who": row["who"],
                "as written": f"{number(written.mean, written.unit)} ({range_text(written)})",
                "any structure": told,
                "MC error": error(row["monte_carlo_error"]),
                "unit": row["unit"],
            }
        )
    return rows


SHARES_CAPTION = (
    "Share of variance, % (95 % interval, jackknife): each choice by itself, choices together, and what "
    "parameters and chance do within a structure. Fewer than some 400 replications leave wide intervals."
)


def share_rows(shares: pd.DataFrame) -> list[Row]:
    """Return one row for each process, one column for each factor."""
    return [
        {"who": str(who)}
        | {
            row["factor"]: f"{100 * row['share']:.0f} ({100 * row['low']:.0f} to {100 * row['high']:.0f})"
            for row in records(part)
        }
        for who, part in shares.groupby("who", sort=False)
    ]
