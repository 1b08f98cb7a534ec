"""Tables of experiments as the terminal and notebooks show them."""

from __future__ import annotations

import math

import pandas as pd

from sim.analysis.structure import structure
from sim.experiments.comparison import Comparison
from sim.experiments.hindcast import Hindcast
from sim.experiments.sweep import Sweep
from sim.reporting.table import PLAIN, SUPPORTED, Column, Table, records
from sim.results.estimates import summarise
from sim.results.loss_summary import CURBED, FEW
from sim.results.numbers import number
from sim.results.result import Result
from sim.scenario import Scenario

MILLION = 1e6
LEAST = 0.005  # means below are 0 as printed
NOTHING_LOST = "No process makes less than its baseline on any day, in any replication."
RANGE = ("low", "high")


def hindcast_table(found: Hindcast) -> Table:
    """Return observed figures beside the simulated distribution."""
    frame = found.table()
    return Table(
        "hindcast",
        frame.assign(
            outside=["" if inside else "outside" for inside in frame["inside"]],
            rank=[f"{rank:.2f}" for rank in frame["rank"]],
        ),
        columns=HINDCAST,
    )


HINDCAST = (
    Column("figure", "title"),
    Column("used as", "ledger"),
    Column("observed", "observed", "number", rounding=PLAIN),
    Column("median", "median", "number", rounding=RANGE, missing="never"),
    Column("90 % band", "low", "range", to="high", rounding=RANGE, missing="never"),
    Column("unit", "unit"),
    Column("rank", "rank", "number"),
    Column("CRPS", "crps", "number", rounding=PLAIN),
    Column("", "outside"),
)


def sweep_table(grid: Sweep, frame: pd.DataFrame, *, scale: float = 1.0) -> Table:
    """Return the rows of a sweep in which something is lost at some point."""
    some = frame.groupby("who")["estimate"].transform(lambda values: values.abs().max() / scale) >= LEAST
    steps = ("step_low", "step_high")
    columns = (
        Column("who", "who"),
        *(Column(short(path), path) for path in grid.paths),
        Column("mean", "estimate", "number", rounding=SUPPORTED, scale=scale),
        Column("95 % range", "low", "range", to="high", rounding=RANGE, scale=scale),
        Column("MC error", "monte_carlo_error", "error", scale=scale),
        Column("step", "step", "number", rounding=steps, scale=scale),
        Column("95 % interval of step", "step_low", "range", to="step_high", rounding=steps, scale=scale),
    )
    return Table("points", frame[some], columns=columns)


def roles_table_of(frame: pd.DataFrame) -> Table:
    """Return lost days by process, treatment and response."""
    columns = (
        Column("who", "who"),
        Column("events", "arm"),
        Column("lost days", "lost_days", "number", rounding=SUPPORTED),
        Column("95 % interval", "low", "range", to="high", rounding=RANGE),
        Column("MC error", "monte_carlo_error", "error"),
    )
    return Table("roles", frame, columns=columns)


def compare_table(comparison: Comparison, limit: int = 25) -> Table:
    """Return paired differences, users of what is curbed first, then by value."""
    frame = comparison.table()
    order = frame.sort_values(["exposed", "value"], ascending=False, kind="stable").index
    return Table("differences", frame.loc[order].head(limit), columns=COMPARED)


COMPARED = (
    Column("scenario", "scenario"),
    Column("who", "who"),
    Column("lost days, first", "first", "number", rounding=SUPPORTED),
    Column("lost days", "second", "number", rounding=SUPPORTED),
    Column("difference", "difference", "number", rounding=SUPPORTED),
    Column("95 % interval", "low", "range", to="high", rounding=SUPPORTED),
    Column("all rows at once", "low_all", "range", to="high_all", rounding=SUPPORTED),
    Column("MC error", "monte_carlo_error", "error"),
    Column("variance", "variance_ratio", "percent"),
)


def best_table(comparison: Comparison) -> Table:
    """Return which scenarios may lose least."""
    frame = comparison.best()
    scale = 1.0 if (frame["unit"] == "days").all() else MILLION
    columns = (
        Column("scenario", "scenario"),
        Column("lost value", "mean", "number", rounding=RANGE, scale=scale),
        Column("above the best of the others", "excess", "number", rounding=RANGE, scale=scale),
        Column("95 %, all scenarios", "low", "range", to="high", rounding=RANGE, scale=scale),
        Column("", "may"),
    )
    may = ["may lose least" if may else "" for may in frame["may_be_best"]]
    return Table("best", frame.assign(may=may), columns=columns)


def comparison_notebook(comparison: Comparison) -> str:
    """Return the table of a comparison for a notebook."""
    return str(compare_table(comparison).html())


def sweep_notebook(grid: Sweep) -> str:
    """Return the table of a sweep for a notebook."""
    return str(sweep_table(grid, grid.table()).html())


def hindcast_notebook(found: Hindcast) -> str:
    """Return the table of a hindcast for a notebook."""
    return str(hindcast_table(found).html())


def late(value: float, unit: float = math.nan) -> str:
    """Write a number, or that something never happens."""
    return number(value, unit) if math.isfinite(value) else "never"


def hindcast_score(found: Hindcast) -> str:
    """Return the score and how to read the table."""
    told = found.score()
    return (
        f"Out of sample: {told['inside']:.0f} of {told['figures']:.0f} figures lie inside their 90 % band "
        f"({100 * told['low']:.0f} to {100 * told['high']:.0f} %, exact binomial 95 % interval); "
        f"{len(found.values)} replications.\n"
        "Used as input, fitted or used in acceptance: not scored. Rank: share of replications below what was "
        "observed. CRPS: continuous ranked probability score, in the unit of the figure."
    )


def sweep_caption(grid: Sweep, measure: str) -> str:
    """Return how to read a sweep."""
    first = grid.results[0]
    return (
        f"{first.title}: {len(grid.points)} points, {first.replications} replications with the same draws.\n"
        f"Mean of {measure} over replications with their middle 95 %. Step: paired difference from the value "
        f"before of {grid.paths[-1]}, with its 95 % interval (Student's t)."
    )


def groups_caption(grid: Sweep) -> str:
    """Return how to read the groups of a sweep."""
    return f"The same in lost value at base prices, million {grid.results[0].labels.currency}, by country."


def short(path: str) -> str:
    """Return the last two keys of a path, for the head of a column.

    Examples
    --------
    >>> short("events.talks.rounds.relief.date")
    'relief.date'
    """
    return ".".join(path.split(".")[-2:])


def roles_caption(scenario: Scenario, replications: int) -> str:
    """Return how to read the table of treatments and responses."""
    return (
        f"{scenario.title}: lost days of baseline output, mean of {replications} replications with the same "
        "draws, with the 95 % interval of the mean (Student's t).\n"
        "Interaction: both, less curb alone, less responses alone, plus neither; negative: responses help."
    )


def caption(result: Result) -> str:
    """Return how to read the main table."""
    done, asked = result.manifest["replications"], result.manifest["replications_asked"]
    stopped = f", {asked} asked" if done != asked else ""
    return (
        f"{result.title}\n"
        f"Lost output net of catch-up, in days of baseline output, {result.labels.start} + "
        f"{result.labels.days} days; mean over {done} replications{stopped}, seed {result.manifest['seed']}, "
        f"{result.manifest['uncertain_values']} uncertain values.\n"
        "95 % range: over parameters and chance together. MC error: standard error of the mean. "
        "Ever short: chance that output falls below the baseline at any time, made up later or not. "
        "First day short: median. Lowest cover: days of use, mean.\n"
        f"Lost value: million {result.labels.currency} at base prices. Held back by: what bound production "
        f"on the days it was lost; {CURBED}: buyers may not, or do not, order what is curbed; {FEW}: nobody "
        "orders. Negative: more than the baseline. The dearest losses first."
    )


def compare_caption(comparison: Comparison, shown: int) -> str:
    """Return how to read a comparison."""
    first, number_of = comparison.results[0], len(comparison.table())
    hidden = number_of - shown
    more = f" {hidden} more rows: --format csv." if hidden > 0 else ""
    return (
        f"Lost days of baseline output against {first.name}, {first.replications} replications with the same "
        "draws.\nDifference: mean of paired differences with its 95 % interval (Student's t), for one row "
        f"and for all {number_of:,} rows at once (Bonferroni); positive: more is lost. Variance: of the "
        "paired difference, in % of what it would be without common draws. Users of what is curbed first, "
        f"then by value.{more}"
    )


def best_caption(comparison: Comparison) -> str:
    """Return how to read which scenario may lose least."""
    unit = comparison.best()["unit"].iloc[0]
    of = "days" if unit == "days" else f"million {unit} at base prices"
    return f"Which scenario loses least: users of what is curbed, {of}; multiple comparisons with the best."


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
