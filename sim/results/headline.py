"""The headline of a run: who loses how much, when and why; first days of each process; losses by date."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.results.estimates import ANY_LOSS, summarise
from sim.results.measures import LOSS_MEASURES
from sim.results.result import Result
from sim.scenario.schema.document import Run
from sim.types import Floats, Row
from sim.units import Clock

GROUPS = ("user", "supplier", "other")
ALL = "all"  # who: the sum over a group
SHOWN = ("lost_value_gross", "lost_days_gross", "lost_value", "lost_days")
HORIZON = "horizons: '{}' is {}; write dates from {} to {}, the first and the last day of the run"
FIRST_DAYS = {  # measures by what happens on the day
    "held_back": "first_short_day",
    "lost": "first_loss_day",
    "stopped": "first_stop_day",
}


def listed_processes(result: Result) -> dict[str, str]:
    """Return the group of every process of the headline: users, suppliers and whom the treatments touch."""
    return {
        name: result.group(name)
        for p, name in enumerate(result.labels.processes)
        if result.group(name) != "other" or result.is_touched(p)
    }


def headline(result: Result) -> pd.DataFrame:
    """Return one row for each process of the headline, by group and gross value lost."""
    limiting = result.limiting()
    rows = [_row(result, name, limiting.get(name, {})) for name in listed_processes(result)]
    rows.sort(key=by_money)
    return pd.DataFrame(rows)


def by_money(row: Row) -> tuple[int, float, float, str]:
    """Return what rows stand in the order of: groups, then gross value and days lost, largest first."""
    value, days = (float(np.nan_to_num(row[name])) for name in ("lost_value_gross", "lost_days_gross"))
    return GROUPS.index(row["group"]), -value, -days, row["who"]


def _row(result: Result, name: str, causes: dict[str, float]) -> Row:
    cover, material = result.lowest_cover(name)
    cause, share = next(iter(causes.items()), ("", np.nan))
    return (
        {"group": result.group(name), "who": name}
        | _losses(result, name)
        | {"horizon": result.horizon}
        | _chances(result, name)
        | {
            "minimum_cover": cover.mean,
            "minimum_cover_material": material,
            "limiting_material": cause,
            "limiting_share": share,
        }
    )


def _losses(result: Result, name: str) -> Row:
    """Return gross losses, then net ones: days with what the run says of them, and value."""
    row: Row = {}
    for kind in ("_gross", ""):
        days, value = (
            summarise(result.values("process", f"lost_{unit}{kind}", name)) for unit in ("days", "value")
        )
        row |= {
            f"lost_value{kind}": float(np.nan_to_num(value.mean)),
            f"lost_value{kind}_low": value.low,
            f"lost_value{kind}_high": value.high,
            f"lost_days{kind}": days.mean,
        }
        prefix = f"lost_days{kind}_" if kind else ""
        row |= {f"{prefix}{part}": getattr(days, part) for part in ("median", "low", "high")}
        row[f"{prefix}error" if kind else "monte_carlo_error"] = days.error
    return row


def _chances(result: Result, name: str) -> Row:
    """Return the chances of a loss and of a stop, and the three first days."""
    gross = result.values("process", "lost_days_gross", name)
    first, lost, stopped = (result.values("process", measure, name) for measure in FIRST_DAYS.values())
    return {
        "loss_probability": float((gross > ANY_LOSS).mean()),
        "stop_probability": float(np.isfinite(stopped).mean()),
        "first_day_short": _median_date(result, first),
        "first_day_lost": _median_date(result, lost),
        "first_day_stopped": _median_date(result, stopped),
    }


def _median_date(result: Result, days: Floats) -> str:
    day = summarise(days)
    return result.date(day.median) if day.replications else ""


def first_days_of(result: Result) -> Callable[[str], pd.DataFrame]:
    """Return what makes the table of first days in an order."""
    return functools.partial(first_days, result)


def first_days(result: Result, order: str) -> pd.DataFrame:
    """Return the three first days of each process of the headline, in the order in which one happens.

    Raises
    ------
    CurbsimError
        When the order is none of the three.
    """
    if order not in FIRST_DAYS:
        raise CurbsimError(f"first_days by '{order}'; write one of {', '.join(FIRST_DAYS)}")
    groups = listed_processes(result)
    frame = pd.DataFrame({"group": groups.values(), "who": groups.keys()})
    for event, measure in FIRST_DAYS.items():
        frame = pd.concat([frame, _days_of(result, groups, event, measure)], axis=1)
    place = frame["group"].map(GROUPS.index)
    date = frame[order].where(frame[order] != "", "9999-12-31")  # never comes last
    keys = pd.DataFrame({"group": place, "first": -frame[f"{order}_first"], "date": date})
    ordered = keys.sort_values(["group", "first", "date"], kind="stable").index
    return pd.DataFrame(frame.loc[ordered]).reset_index(drop=True)


def _days_of(result: Result, groups: dict[str, str], event: str, measure: str) -> pd.DataFrame:
    """Return the median date of one kind of first day, its range, how often it happens and is first."""
    places = [result.labels.processes.index(name) for name in groups]
    days = result.values("process", measure)[:, places]
    happens = np.isfinite(days)
    dates = [
        [result.date(x) if np.isfinite(x) else "" for x in (day.median, day.low, day.high)]
        for day in map(summarise, days.T)
    ]
    frame = pd.DataFrame(dates, columns=[event, f"{event}_low", f"{event}_high"], dtype=object)
    frame[f"{event}_share"] = happens.mean(axis=0)
    frame[f"{event}_first"] = _share_first(np.where(happens, days, np.inf), list(groups.values()))
    return frame


def _share_first(days: Floats, groups: list[str]) -> Floats:
    """Return in what share of replications each process comes first in its group; those that tie share it."""
    share, names = np.zeros(days.shape[1]), np.array(groups)
    for group in GROUPS:
        inside = np.flatnonzero(names == group)
        if len(inside):
            least = days[:, inside].min(axis=1, keepdims=True)
            is_first = (days[:, inside] == least) & np.isfinite(least)
            share[inside] = (is_first / np.maximum(1, is_first.sum(axis=1, keepdims=True))).mean(axis=0)
    return share


def horizon_days(run: Run, dates: object) -> tuple[int, ...]:
    """Return the days up to and with each date, in order; one date may stand alone, the end needs no horizon.

    Raises
    ------
    CurbsimError
        When a date is none, or the run does not reach it.
    """
    if isinstance(dates, str):
        dates = dates.split(",")
    several = dates if isinstance(dates, Iterable) else (dates,)
    return tuple(sorted({_days(run, date) for date in several} - {_days(run, run.end)}))


def _days(run: Run, date: object) -> int:
    """Return how many days of a run there are up to a date, itself included."""
    problem = "no date"
    try:
        day = datetime.datetime.fromisoformat(str(date).strip()).date()
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
        shown = [_horizon_row(result, date, group, name, values) for name, group in groups.items()]
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


def _horizon_row(result: Result, date: str, group: str, name: str, values: Floats) -> Row:
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
