"""Sweeps of values, and curbs and responses by themselves and together."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from sim.errors import CurbsimError
from sim.experiments.sweep import Sweep
from sim.plots import style
from sim.plots.marks import day_number
from sim.plots.style import BLUE, PanelLook, PointLook, measured, styled
from sim.results.codebook import MEASURE_UNITS
from sim.results.numbers import counted
from sim.types import Floats
from sim.units import Quantity

LETTER_WIDTH, AXES_SHARE = 1.35, 0.65  # mm of a letter of a tick; share of its room that an axes fills
LEAST_LOSS = 1e-6  # of the largest
LARGE = 1e4  # from which numbers are written as 10 k, 10 M ...
NORMAL = 1.96  # standard errors of a 95 % interval
ARMS = {
    "curb alone": PointLook("s", style.VERMILION, True),
    "responses alone": PointLook("^", style.ORANGE, True),
    "both": PointLook("o", BLUE, True),
    "interaction": PointLook("D", style.BLACK, False),
}
ARM_STEP = 0.19  # of a row, between arms
ROW_HEIGHT = 7.0  # mm


@dataclass(frozen=True)
class Scale:
    """Where the values of a path stand on an axis, and what it says."""

    places: tuple[float, ...]
    names: tuple[str, ...]  # of ticks; none where the axis is numeric
    label: str


@styled
def swept(
    sweep: Sweep, measure: str | None = None, *, who: str | None = None, width: float | None = None
) -> Figure:
    """Draw loss over the values of a sweep over one path, one small panel for each group of processes.

    Points are means with 95 % intervals, the band holds the middle 95 % of replications. Over dates, such as
    those of relief, the axis is one of dates.

    Parameters
    ----------
    measure : str, optional
        Of processes, by process; when left out, lost value by country and what processes do with controlled
        goods (`Sweep.groups`).
    who : str, optional
        Only this group or process.

    Raises
    ------
    CurbsimError
        When more than one path varies, or there is no such group or process.
    """
    if len(sweep.paths) != 1:
        raise CurbsimError(
            f"swept shows one path, and this sweep varies {len(sweep.paths)}; sweep one of them"
        )
    table = sweep.groups() if measure is None else sweep.table(measure)
    names = [str(name) for name in dict.fromkeys(table["who"])] if len(table) else []
    if who is not None and who not in names:
        raise CurbsimError(f"unknown '{who}'; write one of {', '.join(names)}")
    names = [who] if who else _largest(table, names)
    if not names:
        raise CurbsimError("no treatment acts on what anybody uses, so nothing varies")
    unit = str(table["unit"].iloc[0]) if measure is None else MEASURE_UNITS[measure]
    scale = scale_of([point[0] for point in sweep.points], sweep.paths[0])

    def draw(ax: Axes, name: str, _: int) -> None:
        _draw_sweep(ax, table[table["who"] == name], scale)
        style.short_title(ax, name)

    y_label = measured(measure or "lost_value_gross", unit)
    look = PanelLook(row_height=38.0, x_label=scale.label, y_label=y_label)
    figure = style.panels(names[: look.room(width)], draw, look, width)
    first = sweep.results[0]
    style.figure_caption(
        figure,
        f"{sweep.title}, {first.labels.start} to {first.horizon}. "
        f"Points: means over {counted(first.replications, 'replication')} with their 95 % "
        f"intervals; bands: the middle 95 % of replications. All points under the same draws.",
    )
    return figure


def _largest(table: pd.DataFrame, names: list[str]) -> list[str]:
    """Order those that lose anything by their largest mean; rounding errors are none."""
    size = table[["estimate", "low", "high"]].abs().max(axis=1).groupby(table["who"]).max()
    mean = table["estimate"].abs().groupby(table["who"]).max()
    losing = [name for name in names if size[name] >= LEAST_LOSS * size.max()]
    return sorted(losing, key=lambda name: -float(mean[name]))


def _draw_sweep(ax: Axes, rows: pd.DataFrame, scale: Scale) -> None:
    order = np.argsort(scale.places, kind="stable")
    x = np.array(scale.places)[order]
    columns = ("estimate", "low", "high", "monte_carlo_error")
    mean, low, high, error = (rows[name].to_numpy(float)[order] for name in columns)
    ax.fill_between(x, low, high, color=style.LIGHT_BAND, linewidth=0, zorder=2)
    ax.vlines(x, mean - NORMAL * error, mean + NORMAL * error, color=BLUE, linewidth=1.0, zorder=3)
    ax.plot(x, mean, "o-", color=BLUE, markersize=2.6, linewidth=0.8, zorder=3)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    if np.nanmax(np.abs([low, high])) >= LARGE:
        ax.yaxis.set_major_formatter(EngFormatter(sep="\u2009"))
    margin = 0.08 * (x[-1] - x[0])
    ax.set_xlim(x[0] - margin, x[-1] + margin)
    if scale.names:
        _name_points(ax, x, [scale.names[i] for i in order])


def _name_points(ax: Axes, x: Floats, names: list[str]) -> None:
    """Name the points that leave room for it, the first one first."""
    room = style.width_of(ax) * AXES_SHARE / style.columns_of(ax)
    left, right = ax.get_xlim()
    wide = LETTER_WIDTH * max(len(name) for name in names) * (right - left) / room
    named = [0]
    for i in range(1, len(x)):
        if x[i] - x[named[-1]] >= wide:
            named.append(i)
    ax.set_xticks([x[i] for i in named], [names[i] for i in named])
    ax.set_xticks(x, minor=True)


def scale_of(values: list[Any], path: str) -> Scale:
    """Place values on an axis: dates by day, quantities of one unit by number, all others one by one.

    Examples
    --------
    >>> scale_of(["30 days", "60 days"], "regimes.individual.review.hf_liquid")
    Scale(places=(30.0, 60.0), names=(), label='review.hf_liquid, days')
    """
    *_, owner, field = path.split(".")
    short = f"{owner}.{field}"
    dates = [date for value in values if (date := _date(value)) is not None]
    if len(dates) == len(values):
        names = tuple(date.isoformat() for date in dates)
        label = f"{'End' if field == 'until' else field.capitalize()} of {owner.replace('_', ' ')}"
        return Scale(tuple(day_number(date) for date in dates), names, label)
    quantities = [quantity for value in values if (quantity := _quantity(value)) is not None]
    units = {unit for _, unit in quantities}
    if len(quantities) == len(values) and len(units) == 1:
        (unit,) = units
        return Scale(tuple(number for number, _ in quantities), (), f"{short}, {unit}" if unit else short)
    return Scale(tuple(float(i) for i in range(len(values))), tuple(str(v) for v in values), short)


def _date(value: Any) -> datetime.date | None:
    try:
        return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value))
    except ValueError:
        return None


def _quantity(value: Any) -> tuple[float, str] | None:
    """Return a quantity as number and unit; None when it is no quantity."""
    text, of, _ = str(value).partition(" of baseline")
    try:
        quantity = Quantity.parse(text)
    except ValueError:
        return None
    return quantity.value, quantity.unit + of


@styled
def roles(table: pd.DataFrame, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the arms of `sim.roles`, a row for each process, as means with 95 % intervals.

    Parameters
    ----------
    table : DataFrame
        Of `sim.roles`: who, arm, the measure, low, high.

    Raises
    ------
    CurbsimError
        When it is another table.
    """
    measure = str(table.columns[2]) if len(table.columns) > 2 else ""
    if not {"who", "arm", "low", "high"} <= set(table.columns) or measure not in MEASURE_UNITS:
        raise CurbsimError("roles draws the table of sim.roles; write plots.roles(sim.roles(scenario))")
    if table.empty:
        raise CurbsimError("no treatment acts on what anybody uses, so no arm differs from another")
    names = list(dict.fromkeys(table["who"]))
    ax = style.axes_or_new(ax, width, 30.0 + ROW_HEIGHT * len(names))
    for number, (arm, look) in enumerate(ARMS.items()):
        rows = table[table["arm"] == arm].set_index("who").loc[names]
        y = np.arange(len(names)) + ARM_STEP * (number - 1.5)
        ax.hlines(y, rows["low"], rows["high"], color=look.colour, linewidth=0.9, zorder=2)
        ax.plot(rows[measure], y, zorder=3, label=arm.capitalize(), **look.options(3.2))
    ax.axvline(0.0, color="#777777", linewidth=0.5, zorder=1.8)
    style.row_names(ax, names)
    style.finish_rows(
        ax,
        measured(measure, MEASURE_UNITS[measure]),
        "Means over replications with the same draws, and their 95 % intervals (Student's t). "
        "Interaction: both, less curb alone, less responses alone, plus neither.",
    )
    return ax
