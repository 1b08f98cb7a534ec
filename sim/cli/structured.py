"""What the command prints of ranges over model structures and of the shares of variance."""

from __future__ import annotations

import pandas as pd

from sim.estimates import summarise
from sim.factorial import structure
from sim.reporting.table import SUPPORTED, Column, Table, records
from sim.results import Result


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


def structure_table(result: Result, measure: str) -> Table:
    """Return ranges with the structure as written and over all of them."""
    frame, values = structure(result, measure), result.values("process", measure)
    written = [summarise(values[:, result.labels.processes.index(who)]) for who in frame["who"]]
    named = {f"written_{name}": [getattr(of, name) for of in written] for name in WRITTEN}
    return Table("structure_ranges", frame.assign(**named), columns=STRUCTURED)


WRITTEN = ("mean", "low", "high", "error")
STRUCTURED = (
    Column("who", "who"),
    Column(
        "as written", "written_mean", "estimate", rounding=("written_low", "written_high", "written_error")
    ),
    Column("any structure", "estimate", "estimate", rounding=SUPPORTED),
    Column("MC error", "monte_carlo_error", "error"),
    Column("unit", "unit"),
)
SHARES_CAPTION = (
    "Share of variance, % (95 % interval, jackknife): each choice by itself, choices together, and what "
    "parameters and chance do within a structure. Fewer than some 400 replications leave wide intervals."
)


def share_table(shares: pd.DataFrame) -> Table:
    """Return one row for each process, one column for each factor."""
    rows = [
        {"who": str(who)}
        | {
            row["factor"]: f"{100 * row['share']:.0f} ({100 * row['low']:.0f} to {100 * row['high']:.0f})"
            for row in records(part)
        }
        for who, part in shares.groupby("who", sort=False)
    ]
    factors = tuple(Column(factor, factor, "number") for factor in shares["factor"].unique())
    return Table("structure_shares", pd.DataFrame(rows), columns=(Column("who", "who"), *factors))
