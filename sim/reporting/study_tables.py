"""What the terminal and notebooks show of studies that weigh an answer.

Sensitivity, importance, calibration, identification and thresholds, each as texts and tables in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import pandas as pd

from sim.analysis.importance import importance
from sim.experiments.calibration import Calibration
from sim.experiments.identification import Identification
from sim.experiments.sensitivity import Sensitivity
from sim.reporting.experiment_text import effect, share
from sim.reporting.table import PLAIN, RANGE, Column, Table, records
from sim.results.numbers import MILLION, counted, number
from sim.results.result import Result
from sim.types import Row

MOST_ROWS = 12  # of values and figures; --format csv shows all
MOST_FACTORS = 15  # of a sensitivity; --format csv shows all
FEWEST_ACCEPTED = 19  # draws from which the 90 % band is one
IMPORTANCE = (
    "What the loss hinges on: share of the variance of ranks that goes with each value alone, 95 % interval."
)
DIRECTIONS = {"+": "raises", "-": "lowers"}
OUTSIDE_BAND = Column("", "outside")


def figure_columns(median: str) -> tuple[Column, ...]:
    """Return the columns of observed figures beside simulated ones, whose median goes by a name."""
    return (
        Column("figure", "title"),
        Column("used as", "ledger"),
        Column("observed", "observed", "number", rounding=PLAIN),
        Column(median, "median", "number", rounding=RANGE, missing="never"),
        Column("90 % band", "low", "range", to="high", rounding=RANGE, missing="never"),
        Column("unit", "unit"),
    )


def share_text(share: float, low: float, high: float) -> str:
    """Write a share with its interval; what lies below 0 is chance.

    Examples
    --------
    >>> share_text(0.209, -0.01, 0.254)
    '21 % (0 to 25)'
    """
    low, high = (min(1.0, max(0.0, end)) for end in (low, high))
    return f"{100 * max(0.0, share):.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def sensitivity_answer(study: Sensitivity) -> Iterator[str | Table]:
    """Yield how to read the factors, the factors, and the answer in words."""
    runs = counted(study.runs, "replication")
    if study.method == "morris":
        yield (
            f"{study.title}: Morris screening of {study.about}, {study.points} trajectories, {runs}.\n"
            "mu*: mean size of the change as a value goes from the 12.5 % to the 87.5 % point of its range, "
            "or from one replication to another, with its 95 % interval (bootstrap); sigma: the spread of "
            "these changes, large where values interact or effects bend."
        )
    else:
        screening = study.screening
        chosen = (
            f", chosen by {counted(screening.runs, 'replication')} of Morris screening" if screening else ""
        )
        yield (
            f"{study.title}: Sobol' indices of {study.about}, {study.points} base points, {runs}{chosen}.\n"
            "Share of the variance that a value explains by itself, and with all its interactions, with 95 % "
            "intervals (bootstrap). Nothing is held fixed."
        )
    yield factor_table(study)
    yield study.words()


def factor_table(study: Sensitivity) -> Table:
    """Return the most important factors."""
    frame = study.table().head(MOST_FACTORS)
    rows = records(frame)
    if study.method == "morris":
        texts = {
            "mu*": [effect(row, study.unit) for row in rows],
            "sigma": [effect(_without_interval(row["sigma"]), study.unit) for row in rows],
        }
    else:
        texts = {
            "by itself": [share(row, "first") for row in rows],
            "with interactions": [share(row, "total") for row in rows],
        }
    columns = (
        Column("value", "title"),
        *(Column(heading, heading, "number") for heading in texts),
        Column("range", "range"),
        Column("grade", "grade"),
    )
    return Table(study.method, frame.assign(**texts), columns=columns)


def _without_interval(value: float) -> Row:
    return {"mu_star": value, "mu_star_low": nan, "mu_star_high": nan}


def importance_answer(result: Result, who: str | None, values: pd.DataFrame) -> Iterator[str | Table]:
    """Yield the values on which the answer of a run hinges, and how much rests on each grade of source."""
    yield f"{result.title}: {who or 'the gross loss of users'}, to {result.horizon}"
    if values.empty:
        yield "It does not vary, or nothing in it is uncertain."
        return
    yield IMPORTANCE
    yield importance_table(values)
    columns = (
        Column("rests on", "grade"),
        Column("uncertain values", "values", "number"),
        Column("share of variance", "share", "number"),
    )
    grades = importance(result, who, by="grade")
    counts = [count or "" for count in grades["values"]]
    yield Table("rests_on", grades.assign(values=counts, share=_shares(grades)), columns=columns)


def importance_table(frame: pd.DataFrame) -> Table:
    """Return the values with the largest shares."""
    frame = frame.head(MOST_ROWS)
    columns = (
        Column("value", "title"),
        Column("range", "range"),
        Column("share of variance", "share", "number"),
        Column("", "direction"),
        Column("grade", "grade"),
    )
    directions = [DIRECTIONS.get(direction, "") for direction in frame["direction"]]
    return Table("hinges", frame.assign(share=_shares(frame), direction=directions), columns=columns)


def _shares(frame: pd.DataFrame) -> list[str]:
    return [share_text(row["share"], row["low"], row["high"]) for row in records(frame)]


def calibration_answer(calibration: Calibration) -> Iterator[str | Table]:
    """Yield how much is left of the prior, what was narrowed, and how figures fare."""
    shares = ", ".join(f"{100 * left:.2g} %" for left in calibration.matched.shares[1:])
    accepted = int(calibration.accepted.sum())
    few = f" Fewer than {FEWEST_ACCEPTED}: the bands are too narrow; write more --points."
    yield (
        f"{calibration.name}: {len(calibration.kept)} points; not ruled out after each wave: {shares or '-'} "
        f"of the prior; accepted: {accepted} draws (the weights are worth {calibration.effective:.0f})."
        f"{few if accepted < FEWEST_ACCEPTED else ''}\n"
        "5, 50 and 95 % points before and after, in base units. A band narrowed by less than about "
        f"{100 / max(accepted, 1) ** 0.5:.0f} % cannot be told from chance."
    )
    yield narrowed_table(calibration)
    yield figure_table(calibration)


def narrowed_table(calibration: Calibration) -> Table:
    """Return the values that were narrowed most."""
    frame = calibration.table().head(MOST_ROWS)
    texts = {
        name: [" / ".join(number(row[f"{name}_{point}"]) for point in (5, 50, 95)) for row in records(frame)]
        for name in ("prior", "accepted")
    }
    narrowed = [f"{100 * by:.0f} %" for by in frame["narrowed"]]
    columns = (
        Column("value", "factor"),
        *(Column(name, name, "number") for name in ("prior", "accepted", "narrowed")),
    )
    return Table("narrowed", frame.assign(**texts, narrowed=narrowed), columns=columns)


def figure_table(calibration: Calibration) -> Table:
    """Return the figures that were fitted, and those out of sample, beside the accepted set."""
    frame = calibration.figures().table()
    frame = frame[frame["ledger"].isin(("fitted", "out of sample"))]
    outside = ["" if inside else "outside" for inside in frame["inside"]]
    columns = (*figure_columns("accepted, median"), OUTSIDE_BAND)
    return Table("figures", frame.assign(outside=outside), columns=columns)


def identification_answer(
    study: Identification, figures: pd.DataFrame, values: pd.DataFrame
) -> Iterator[str | Table]:
    """Yield the loss inside and outside of each set of draws, and what goes with it."""
    unit = "days" if study.unit == "days" else f"million {study.unit}"
    end = study.compiled.document.run.end
    yield (
        f"{study.name} as seen through {study.factual}: gross loss of users to {end}, "
        f"{unit}, over {len(study.loss)} draws that run through both.\n"
        "No stop: draws in which no plant stands still where none was reported to. Ruled out: by history "
        "matching on the fitted figures. p: that inside and outside are alike (Kolmogorov-Smirnov)."
    )
    yield draws_table(study)
    yield "What each figure could teach: rank correlation with the loss across draws, 95 % interval."
    yield correlation_table(figures)
    yield IMPORTANCE
    yield importance_table(values)


def draws_table(study: Identification) -> Table:
    """Return the loss over all draws, and inside and outside of each set."""
    frame = study.table()
    scale, mean_range = 1.0 if study.unit == "days" else MILLION, ("mean_low", "mean_high")
    columns = (
        Column("draws", "draws"),
        Column("draws left", "number", "number"),
        Column("mean", "mean", "number", rounding=mean_range, scale=scale),
        Column("95 % of mean", "mean_low", "range", to="mean_high", rounding=mean_range, scale=scale),
        Column("5 to 95 %", "low", "range", to="high", rounding=RANGE, scale=scale),
        Column("p", "p", "number"),
    )
    p = ["" if pd.isna(value) else f"{value:.2g}" for value in frame["p_value"]]
    return Table("sets_of_draws", frame.assign(p=p), columns=columns)


def correlation_table(figures: pd.DataFrame) -> Table:
    """Return how each figure goes with the loss."""
    frame = figures.head(MOST_ROWS)
    texts = [f"{r['correlation']:.2f} ({r['low']:.2f} to {r['high']:.2f})" for r in records(frame)]
    columns = (
        Column("figure", "title"),
        Column("used as", "ledger"),
        Column("correlation", "correlation", "number"),
    )
    return Table("figures", frame.assign(correlation=texts), columns=columns)


def threshold_table(frame: pd.DataFrame) -> Table:
    """Return a row for each share and stock, a column for each delay."""
    rows: dict[tuple[str, str], Row] = {}
    for cell in records(frame):
        alternatives: str = "" if pd.isna(cell["share"]) else f"{cell['share']:.2g}"
        stock = number(cell["stock"])
        row = rows.setdefault((alternatives, stock), {"share": alternatives, "stock, days": stock})
        row[f"{number(cell['delay'])} days"] = share_text(cell["estimate"], cell["low"], cell["high"])
    wide = pd.DataFrame(list(rows.values()))
    return Table("threshold", wide, columns=tuple(Column(str(name), str(name)) for name in wide))
