"""The headline of a run: who loses how much, when and why; and on which days each process is first short."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.results.estimates import ANY_LOSS, summarise
from sim.results.result import Result
from sim.types import Floats, Row

GROUPS = ("user", "supplier", "other")
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
