"""Naive forecasts as distributions, made from what was known at an origin: what a model has to beat.

Each has the spread of the months before the origin (docs/scores.md). Their equal-weight pool is the reference
of the skill. They are drawn from streams of their own, the same for every model and seed.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.experiments.scoring.figures import read_date
from sim.experiments.scoring.scales import FLOOR, on_scale
from sim.randomness import key, uniforms
from sim.types import Floats

NAMES = ("as before", "last month", "nothing comes", "nothing for 90 days")
DRAWS = 500  # of each naive forecast
SEED = 1  # of all naive forecasts, whatever the seed of a run
MONTHS = 12  # before the curbs, or before the origin, whose spread a naive forecast has
STANDARD = 90  # days: the standard period of review, announced on the first day
PRIOR_GRANTS, PRIOR_DAYS = 0.5, 45.0  # half a grant in half the standard period: one in 90 days
MOST_GRANTS = 60  # that a naive forecast can see
MONTH = 30.44  # days


@dataclass(frozen=True, eq=False)
class KnownSeries:
    """What was known of one series: the last day of each period, and the values."""

    days: list[datetime.date]
    values: Floats


@dataclass(frozen=True, eq=False)
class KnownHistory:
    """What was known at an origin.

    Attributes
    ----------
    series : dict of str to KnownSeries
    start : date
        The first day of the curbs.
    origin : date
    """

    series: dict[str, KnownSeries]
    start: datetime.date
    origin: datetime.date

    @classmethod
    def of(cls, rows: pd.DataFrame, start: datetime.date, origin: datetime.date) -> KnownHistory:
        """Return what was known at an origin of the rows of a history."""
        known = rows[[day <= origin for day in rows["known_on"]]].sort_values("last", kind="stable")
        series = {
            str(name): KnownSeries(part["last"].tolist(), part["value"].to_numpy(float))
            for name, part in known.groupby("series")
        }
        return cls(series, start, origin)

    def known(self, series: str) -> KnownSeries:
        """Return what was known of one series, which may be nothing."""
        return self.series.get(series, KnownSeries([], np.empty(0)))

    def day(self, date: datetime.date) -> int:
        """Return days since the start."""
        return (date - self.start).days


def draw(name: str, row: pd.Series, history: KnownHistory) -> Floats:
    """Return draws of a naive forecast of a figure, without the error of observation; dates in days."""
    if row["scale"] in ("count", "date"):
        return _grants(name, row, history)
    if row["scale"] == "days lost":
        return np.zeros(DRAWS)  # no naive forecast knows who uses what: nobody stops
    return _flow(name, row, history)


def _flow(name: str, row: pd.Series, history: KnownHistory) -> Floats:
    """Return draws of a flow or share on its scale; what is not curbed comes as before."""
    seen = history.known(row["series"])
    scale, normal = row["scale"], float(row["normal"]) / _months(row)
    values = on_scale(scale, seen.values, normal=normal)
    early = np.array([day < history.start for day in seen.days], dtype=bool)
    chance = uniforms(key(SEED, f"naive/{name}/{row['series']}"), 0, 2 * DRAWS).reshape(2, DRAWS)
    if name == "last month":
        steps = np.diff(values)[-MONTHS:]
        signs = np.where(chance[1] < 0.5, -1.0, 1.0)
        moved = values[-1] + signs * (_pick(steps, chance[0]) if len(steps) else 0.0)
        return np.asarray(np.maximum(moved, on_scale(scale, 0.0, normal=normal)))
    before = _pick(values[early][-MONTHS:], chance[0])
    if name == "as before" or not row["curbed"] or scale != "flow":
        return before
    open_days = _open_share(row, history, STANDARD if name == "nothing for 90 days" else None)
    return np.asarray(np.log(open_days * (np.exp(before) - FLOOR) + FLOOR))


def _pick(values: Floats, chance: Floats) -> Floats:
    return np.asarray(values[np.minimum((chance * len(values)).astype(int), len(values) - 1)])


def _months(row: pd.Series) -> int:
    begin, end = read_date(row["begin"], last=False), read_date(row["end"], last=True)
    return max(1, round(((end - begin).days + 1) / MONTH)) if begin and end else 1


def _open_share(row: pd.Series, history: KnownHistory, closed_for: int | None) -> float:
    """Return the share of days of a period that are before the start, or after a closed time."""
    begin, end = read_date(row["begin"], last=False), read_date(row["end"], last=True)
    if begin is None or end is None:
        return 1.0
    days = np.arange(history.day(begin), history.day(end) + 1)
    opened = np.inf if closed_for is None else closed_for
    return float(((days < 0) | (days >= opened)).mean())


def _grants(name: str, row: pd.Series, history: KnownHistory) -> Floats:
    """Return draws of how many licences there are by the end of a period, or of the day of the first one."""
    number, first = np.zeros(DRAWS), np.full(DRAWS, np.inf)
    for series in row["series"].split("|"):
        known = history.known(series)
        arrivals = _arrivals(name, series, known, history)
        end = read_date(row["end"], last=True)
        if end is not None:
            number += known.values.sum() + (arrivals < history.day(end) + 1).sum(axis=0)
        seen = history.day(known.days[0]) if known.days else np.inf
        first = np.minimum(first, np.minimum(arrivals.min(axis=0), seen))
    return first if row["scale"] == "date" else number


def _arrivals(name: str, series: str, known: KnownSeries, history: KnownHistory) -> Floats:
    """Return days of further grants, [grant, draw]: a Poisson process whose rate has a gamma law.

    With n grants known in d days the rate has shape n + 1/2 and mean (n + 1/2) / (d + 45).
    """
    from scipy import special

    elapsed = max(0, history.day(history.origin))
    if name == "nothing comes":
        return np.full((1, DRAWS), np.inf)
    recent = [name != "last month" or (history.origin - day).days < 30 for day in known.days]
    days = min(30, elapsed) if name == "last month" else elapsed
    chance = uniforms(key(SEED, f"naive/{name}/{series}"), 0, (MOST_GRANTS + 1) * DRAWS)
    chance = chance.reshape(MOST_GRANTS + 1, DRAWS)
    shape = float(known.values[recent].sum()) + PRIOR_GRANTS
    rate = special.gammaincinv(shape, chance[0]) / (days + PRIOR_DAYS)
    begin = max(elapsed, STANDARD) if name == "nothing for 90 days" else elapsed
    return np.asarray(begin + np.cumsum(-np.log1p(-chance[1:]), axis=0) / np.maximum(rate, 1e-12))
