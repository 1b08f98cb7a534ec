"""Losses by horizon: gross and net, in days and in money, up to each of some dates of a run."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.clock import Clock
from sim.errors import CurbsimError
from sim.results.estimates import summarise
from sim.results.headline import GROUPS, by_money, listed_processes
from sim.results.measures import LOSS_MEASURES
from sim.results.result import Result
from sim.scenario.schema.document import Run
from sim.types import Floats, Row

ALL = "all"  # who: the sum over a group
SHOWN = ("lost_value_gross", "lost_days_gross", "lost_value", "lost_days")
HORIZON = "horizons: '{}' is {}; write dates from {} to {}, the first and the last day of the run"


def horizon_days(run: Run, dates: Sequence[str | datetime.date]) -> tuple[int, ...]:
    """Return the days up to and with each date, in order; the end of the run needs no horizon.

    Raises
    ------
    CurbsimError
        When a date is none, or the run does not reach it.
    """
    return tuple(sorted({_days(run, date) for date in dates} - {_days(run, run.end)}))


def _days(run: Run, date: str | datetime.date) -> int:
    """Return how many days of a run there are up to a date, itself included."""
    problem = "no date"
    try:
        day = datetime.date.fromisoformat(str(date).strip())
    except ValueError:
        day = None
    if day is not None:
        if run.start <= day <= run.end:
            return Clock(run.start).day(day) + 1
        problem = "outside of the run"
    raise CurbsimError(HORIZON.format(date, problem, run.start, run.end))


def by_horizon(result: Result) -> pd.DataFrame:
    """Return losses by horizon, group and process; see `Result.horizons`."""
    groups = listed_processes(result)
    rows: list[Row] = []
    for date, values in _by_date(result):
        shown = [_row(result, date, group, name, values) for name, group in groups.items()]
        sums = [_sum(result, date, group, groups, values) for group in GROUPS if group in groups.values()]
        rows += [*sums, *shown]
    order = {row["who"]: place for place, row in enumerate(sorted(rows[-len(groups) :], key=by_money))}
    rows.sort(key=lambda row: (row["horizon"], GROUPS.index(row["group"]), order.get(row["who"], -1)))
    return pd.DataFrame(rows)


def _by_date(result: Result) -> Iterator[tuple[str, Floats]]:
    """Yield each horizon, last the end of the run, with its losses, [replication, measure, process]."""
    for place, date in enumerate(result.labels.horizons):
        yield date, result.arrays["horizon"][:, place]
    yield result.horizon, np.stack([result.values("process", m) for m in LOSS_MEASURES], axis=1)


def _row(result: Result, date: str, group: str, name: str, values: Floats) -> Row:
    p = result.labels.processes.index(name)
    row: Row = {"horizon": date, "group": group, "who": name}
    for measure in SHOWN:
        row |= _cells(measure, values[:, LOSS_MEASURES.index(measure), p])
    return row


def _sum(result: Result, date: str, group: str, groups: dict[str, str], values: Floats) -> Row:
    """Return the sum over a group, in money: days of different output do not add up."""
    inside = [result.labels.processes.index(name) for name, of in groups.items() if of == group]
    row: Row = {"horizon": date, "group": group, "who": ALL}
    for measure in SHOWN:
        of = values[:, LOSS_MEASURES.index(measure), inside].sum(axis=1)
        row |= _cells(measure, of if measure.startswith("lost_value") else np.full(len(of), np.nan))
    return row


def _cells(measure: str, values: Floats) -> Row:
    of = summarise(values)
    return {
        measure: of.mean,
        f"{measure}_low": of.low,
        f"{measure}_high": of.high,
        f"{measure}_error": of.error,
    }
