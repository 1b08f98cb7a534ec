"""What the terminal and notebooks show of experiments: how to read the numbers, then the numbers in tables.

A function that ends in `_answer` yields texts and tables in the order in which the terminal prints them.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import pandas as pd

from sim.analysis.structure import structure
from sim.experiments.calibration import Calibration
from sim.experiments.comparison import Comparison
from sim.experiments.hindcast import Hindcast
from sim.experiments.identification import Identification
from sim.experiments.sensitivity import Sensitivity
from sim.experiments.sweep import Sweep
from sim.reporting import hindcast_tables, study_tables
from sim.reporting.premises import premises
from sim.reporting.table import RANGE, SUPPORTED, Column, Table, records
from sim.results.estimates import summarise
from sim.results.numbers import MILLION, measure_words
from sim.results.result import Result
from sim.scenario import Scenario

Answer = Iterator[str | Table]
LEAST_MEAN = 0.005  # means below are 0 as printed
MOST_DIFFERENCES = 25  # rows of a comparison; --format csv shows all


def notebook(
    study: Comparison | Sweep | Hindcast | Sensitivity | Calibration | Identification,
) -> str:
    """Return what is to be said of a study, and its tables cell by cell as the terminal has them."""
    said = study.words().split("\n") if isinstance(study, Comparison) else [*getattr(study, "notes", ())]
    match study:
        case Comparison():
            tables = [compare_table(study)]
        case Sweep():
            tables = [sweep_table(study, study.table())]
            said += premises(*study.results)
        case Hindcast():
            tables = hindcast_tables.tables(study)
        case Sensitivity():
            tables = [study_tables.factor_table(study)]
        case Calibration():
            tables = [study_tables.narrowed_table(study), study_tables.figure_table(study)]
        case Identification():
            answer = study_tables.identification_answer(study, study.moments(), study.estimates())
            tables = [part for part in answer if isinstance(part, Table)]
    return "".join([*(f"<p>{escape(line)}</p>" for line in said), *(str(table.html()) for table in tables)])


def sweep_table(grid: Sweep, frame: pd.DataFrame, *, scale: float = 1.0) -> Table:
    """Return the rows of a sweep in which something is lost at some point."""
    largest = frame.groupby("who")["estimate"].transform(lambda values: values.abs().max() / scale)
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
    return Table("points", frame[largest >= LEAST_MEAN], columns=columns)


def short(path: str) -> str:
    """Return the last two keys of a path, for the head of a column.

    Examples
    --------
    >>> short("events.talks.rounds.relief.date")
    'relief.date'
    """
    return ".".join(path.split(".")[-2:])


def sweep_answer(grid: Sweep, measure: str, frame: pd.DataFrame, countries: pd.DataFrame) -> Answer:
    """Yield a measure at every point, then lost value by country."""
    first = grid.results[0]
    yield from grid.notes
    yield (
        f"{grid.title}: {len(grid.points)} points, {first.replications} replications with the same draws.\n"
        f"Mean of {measure} over replications with their middle 95 %. Step: paired difference from the value "
        f"before of {grid.paths[-1]}, with its 95 % interval (Student's t)."
    )
    yield sweep_table(grid, frame)
    yield f"The same in gross lost value at base prices, million {first.labels.currency}, by country."
    yield sweep_table(grid, countries, scale=MILLION)


def roles_answer(scenario: Scenario, replications: int, frame: pd.DataFrame) -> Answer:
    """Yield lost days by process, treatment and response."""
    if frame.empty:
        yield f"{scenario.title}\nNo treatment acts on a process that makes anything."
        return
    end = scenario.document.run.end
    yield (
        f"{scenario.title}: gross lost days of baseline output to {end}, mean of {replications} replications "
        "with the same draws, with the 95 % interval of the mean (Student's t).\n"
        "Interaction: both, less curb alone, less responses alone, plus neither; negative: responses help."
    )
    columns = (
        Column("who", "who"),
        Column("events", "arm"),
        Column("gross lost days", "lost_days_gross", "number", rounding=SUPPORTED),
        Column("95 % interval", "low", "range", to="high", rounding=RANGE),
        Column("MC error", "monte_carlo_error", "error"),
    )
    yield Table("roles", frame, columns=columns)


def compare_table(comparison: Comparison) -> Table:
    """Return paired differences of gross losses, those of net ones beside them; users first, by value."""
    frame = comparison.table().merge(_net(comparison), on=["scenario", "who"], how="left")
    order = frame.sort_values(["exposed", "value"], ascending=False, kind="stable").index
    net = Column(f"net to {until(comparison)}", "net_difference", "number", rounding=NET)
    columns = (*COMPARED[:-2], net, *COMPARED[-2:])
    return Table("differences", frame.loc[order].head(MOST_DIFFERENCES), columns=columns)


def until(study: Comparison | Sweep) -> str:
    """Return the date, or the dates, until which the losses of several runs count."""
    return " or ".join(sorted({result.horizon for result in study.results}))


NET = ("net_low", "net_high", "net_error")


def _net(comparison: Comparison) -> pd.DataFrame:
    """Return paired differences of net losses, which depend on the end of the run."""
    frame = comparison.table("lost_days").rename(columns={"monte_carlo_error": "error"})
    shown = frame[["scenario", "who", "difference", "low", "high", "error"]]
    return shown.rename(columns={name: f"net_{name}" for name in shown.columns[2:]})


COMPARED = (
    Column("scenario", "scenario"),
    Column("who", "who"),
    Column("gross lost days, first", "first", "number", rounding=SUPPORTED),
    Column("gross lost days", "second", "number", rounding=SUPPORTED),
    Column("difference", "difference", "number", rounding=SUPPORTED),
    Column("95 % interval", "low", "range", to="high", rounding=SUPPORTED),
    Column("all rows at once", "low_all", "range", to="high_all", rounding=SUPPORTED),
    Column("MC error", "monte_carlo_error", "error"),
    Column("variance", "variance_ratio", "percent"),
)


def compare_answer(comparison: Comparison) -> Answer:
    """Yield paired differences and, of three scenarios or more, which may lose least."""
    first, table = comparison.results[0], compare_table(comparison)
    count = len(comparison.table())
    hidden = count - len(table.frame)
    more = f" {hidden} more rows: --format csv." if hidden > 0 else ""
    yield from comparison.notes
    yield (
        f"Gross lost days of baseline output to {until(comparison)} against {first.name}, "
        f"{first.replications} replications with the same draws.\nDifference: mean of paired differences "
        "with its 95 % interval (Student's t), for "
        f"one row and for all {count:,} rows at once (Bonferroni); positive: more is lost. Net: the "
        "difference after what is made up by that date. Variance: of the paired difference, in % of what it "
        f"would be without common draws. Users first, then by value.{more}"
    )
    yield table
    if len(comparison.results) > 2:
        yield from _best(comparison)


def _best(comparison: Comparison) -> Answer:
    frame = comparison.best()
    in_days = bool((frame["unit"] == "days").all())
    unit = "days" if in_days else f"million {frame['unit'].iloc[0]} at base prices"
    how = "multiple comparisons with the best"
    yield f"Which scenario loses least: users, gross, {unit}; {how}."
    scale = 1.0 if in_days else MILLION
    columns = (
        Column("scenario", "scenario"),
        Column("lost value", "mean", "number", rounding=RANGE, scale=scale),
        Column("above the best of the others", "excess", "number", rounding=RANGE, scale=scale),
        Column("95 %, all scenarios", "low", "range", to="high", rounding=RANGE, scale=scale),
        Column("", "may"),
    )
    may = ["may lose least" if may else "" for may in frame["may_be_best"]]
    yield Table("best", frame.assign(may=may), columns=columns)


def structure_answer(result: Result, measure: str, shares: pd.DataFrame) -> Answer:
    """Yield ranges over model structures, and the share of the variance that each choice makes."""
    labels = result.labels
    choices = "; ".join(
        f"{factor}: {', '.join(levels)}"
        for factor, levels in zip(labels.structure_factors, labels.structure_levels, strict=True)
    )
    yield (
        f"{result.title}: {measure_words(measure)} to {result.horizon}, mean and 95 % range of "
        f"{result.replications} replications with the structure as written, and with a structure for each, "
        f"all combinations alike ({choices})."
    )
    frame, values = structure(result, measure), result.values("process", measure)
    written = [summarise(values[:, labels.processes.index(who)]) for who in frame["who"]]
    named = {f"written_{name}": [getattr(of, name) for of in written] for name in ESTIMATE}
    yield Table("structure_ranges", frame.assign(**named), columns=STRUCTURED)
    yield (
        "Share of variance, % (95 % interval, jackknife): each choice by itself, choices together, and what "
        "parameters and chance do within a structure. Fewer than some 400 replications leave wide intervals."
    )
    yield _share_table(shares)


ESTIMATE = ("mean", "low", "high", "error")
WRITTEN = ("written_low", "written_high", "written_error")
STRUCTURED = (
    Column("who", "who"),
    Column("as written", "written_mean", "estimate", rounding=WRITTEN),
    Column("any structure", "estimate", "estimate", rounding=SUPPORTED),
    Column("MC error", "monte_carlo_error", "error"),
    Column("unit", "unit"),
)


def _share_table(shares: pd.DataFrame) -> Table:
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
