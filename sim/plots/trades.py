"""Trade by month against what customs observed."""

from __future__ import annotations

import datetime
import pathlib

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.errors import CurbsimError
from sim.plots import bands
from sim.plots.style import (
    BLUE,
    LIGHT_BAND,
    SINGLE,
    axes_or_new,
    caption,
    counted,
    date_axis,
    day_numbers,
    styled,
)
from sim.plots.treated import treated
from sim.results import Result
from sim.scenario import Scenario

OBSERVED = "observed.csv"
BAR = 0.72  # width of a bar, share of the month
POINT = "#000000"
LEGEND = ("Simulated, median", "Simulated, 95 %", "Observed", "Observed, estimate")


def observed(scenario: Scenario) -> pd.DataFrame | None:
    """Read `observed.csv` beside the files of a scenario; None when there is none.

    Returns
    -------
    DataFrame
        month, material, origin, destination, quantity, unit, status, source, url, note.
    """
    for file in reversed(scenario.files):
        path = pathlib.Path(file).with_name(OBSERVED)
        if path.is_file():
            # Codes of countries stay text: NA is Namibia.
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
            return frame.assign(quantity=pd.to_numeric(frame["quantity"]))
    return None


@styled
def trade(
    result: Result,
    *,
    material: str,
    origin: str,
    destination: str,
    observed: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what one country ships to another, month by month, simulated and observed.

    Parameters
    ----------
    observed : DataFrame, optional
        With month, material, origin, destination, quantity, unit, status; see `sim.plots.observed`.
    """
    route = (material, origin, destination)
    if route not in result.labels.routes:
        raise CurbsimError(f"no link carries {material} from {origin} to {destination}")
    found = treated(result)
    ax = axes_or_new(ax, SINGLE, 66.0)
    _draw_simulated(ax, result, route)
    seen = _matching(observed, route)
    _draw_observed(ax, result, seen, result.labels.units[material])
    bands.mark_dates(ax, found.routes.get(route, ()))
    date_axis(ax, datetime.date.fromisoformat(result.labels.start), result.labels.days)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"Shipments, {result.labels.units[material]} a month")
    ax.set_title(f"{found.material_title(material)}, {origin} to {destination}", pad=27)
    _legend(ax)
    caption(ax, _words(result, seen) + bands.mark_words(found.routes.get(route, ())))
    return ax


def _draw_simulated(ax: Axes, result: Result, route: tuple[str, str, str]) -> None:
    """Draw the median of each month as a line on a bar that holds 95 % of replications."""
    low, _, middle, _, high = bands.quantiles(result.arrays["trade"][:, :, result.labels.routes.index(route)])
    starts = [datetime.date.fromisoformat(f"{month}-01") for month in result.labels.months]
    width = np.array([BAR * _days_in(month) for month in starts])
    centre = np.array([day_numbers(month, [0])[0] + _days_in(month) / 2 for month in starts])
    if result.replications > 1:
        ax.bar(centre, high - low, width, bottom=low, color=LIGHT_BAND, linewidth=0, label=LEGEND[1])
    ends = (centre - width / 2, centre + width / 2)
    ax.hlines(middle, *ends, color=BLUE, linewidth=1.4, zorder=3, label=LEGEND[0])


def _matching(observed: pd.DataFrame | None, route: tuple[str, str, str]) -> pd.DataFrame:
    if observed is None:
        return pd.DataFrame(columns=["month", "quantity", "unit", "status"])
    keys = observed[["material", "origin", "destination"]].apply(tuple, axis=1)
    return observed[keys == route]


def _draw_observed(ax: Axes, result: Result, seen: pd.DataFrame, unit: str) -> None:
    """Draw observed months as points, open where the number is an estimate."""
    if (wrong := set(seen["unit"]) - {unit}) != set():
        raise CurbsimError(f"observed trade is in {', '.join(sorted(wrong))}; write it in {unit}")
    for is_estimate, name in ((False, LEGEND[2]), (True, LEGEND[3])):
        rows = seen[((seen["status"] != "sourced") == is_estimate) & seen["month"].isin(result.labels.months)]
        if rows.empty:
            continue
        starts = [datetime.date.fromisoformat(f"{month}-01") for month in rows["month"]]
        x = [day_numbers(s, [0])[0] + _days_in(s) / 2 for s in starts]
        face = "white" if is_estimate else POINT
        ax.plot(
            x,
            rows["quantity"],
            "D",
            color=POINT,
            markerfacecolor=face,
            markeredgewidth=0.7,
            zorder=4,
            label=name,
            clip_on=False,
        )


def _legend(ax: Axes) -> None:
    """Put the legend between title and axes, simulated on the left, observed on the right."""
    named = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    order = [name for name in LEGEND if name in named]
    ax.legend(
        [named[name] for name in order],
        order,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=2,
        borderpad=0.2,
        handlelength=1.4,
    )


def _words(result: Result, seen: pd.DataFrame) -> str:
    number = counted(result.replications, "replication")
    what = (
        "Lines: the only replication."
        if result.replications == 1
        else (f"Lines: median of {number}; bars: 95 % of them.")
    )
    return f"{result.title}. {what}{' Diamonds: customs, as it was in fact.' if len(seen) else ''}"


def _days_in(month: datetime.date) -> int:
    following = (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    return (following - month).days
