"""Medians and bands over replications."""

from __future__ import annotations

import datetime

import numpy as np
from matplotlib.axes import Axes

from sim.plots.style import BLUE, DARK_BAND, LIGHT_BAND, counted, day_numbers
from sim.results.result import Result
from sim.types import Floats

WIDE, INNER = 0.95, 0.50


def quantiles(values: Floats) -> Floats:
    """Return the 2.5, 25, 50, 75 and 97.5 % quantiles over replications, the first axis."""
    tails = [0.5 - WIDE / 2, 0.5 - INNER / 2, 0.5, 0.5 + INNER / 2, 0.5 + WIDE / 2]
    return np.asarray(np.quantile(values.astype(np.float64), tails, axis=0))


def draw_bands(ax: Axes, result: Result, values: Floats, *, percent: bool = False) -> None:
    """Draw the median of weekly values [replication, week] with its two bands."""
    weeks = [week * result.labels.band_step for week in range(values.shape[1])]
    x = day_numbers(datetime.date.fromisoformat(result.labels.start), weeks)
    low, lower, middle, upper, high = quantiles(values) * (100.0 if percent else 1.0)
    if len(values) > 1:
        ax.fill_between(x, low, high, color=LIGHT_BAND, linewidth=0, zorder=2)
        ax.fill_between(x, lower, upper, color=DARK_BAND, linewidth=0, zorder=2.1)
    ax.plot(x, middle, color=BLUE, zorder=2.2)


def band_words(result: Result) -> str:
    """Say what the bands are."""
    if result.replications == 1:
        return "Line: the only replication."
    number = counted(result.replications, "replication")
    return f"Line: median of {number}; dark and light bands: the middle 50 % and 95 % of them."
