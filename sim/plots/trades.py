"""Trade by month against what customs observed."""

from __future__ import annotations

import datetime
import pathlib

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.errors import CurbsimError
from sim.plots import bands
from sim.plots.marks import RAISED, draw_marks, lettered, mark_words
from sim.plots.style import (
    BLUE,
    LIGHT_BAND,
    axes_or_new,
    caption,
    counted,
    date_axis,
    day_numbers,
    styled,
)
from sim.results.restricted import treated
from sim.results.result import Result
from sim.scenario import Scenario

OBSERVED = "observed.csv"
BAR = 0.72  # width of a bar, share of the month
POINT = "#000000"
LEGEND = ("Simulated: median", "Simulated: middle 95 %", "Observed", "Observed, an estimate")
ONLY = "Simulated"


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
    width: float | None = None,
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
    dates = found.routes.get(route, ())
    ax = axes_or_new(ax, width, 66.0)
    _draw_simulated(ax, result, route)
    seen = _matching(observed, route, result.labels.months)
    _draw_observed(ax, seen, result.labels.units[material])
    date_axis(ax, datetime.date.fromisoformat(result.labels.start), result.labels.days)
    draw_marks(ax, dates, lettered(dates))
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"Shipments, {result.labels.units[material]} a month")
    rows = _legend(ax)
    ax.set_title(f"{found.material_title(material)}, {origin} to {destination}", pad=RAISED + 3 + 9.5 * rows)
    caption(ax, _words(result, seen) + mark_words(dates, found.words))
    return ax


def _draw_simulated(ax: Axes, result: Result, route: tuple[str, str, str]) -> None:
    """Draw the median of each month as a line on a bar that holds 95 % of replications."""
    low, _, middle, _, high = bands.quantiles(result.arrays["trade"][:, :, result.labels.routes.index(route)])
    starts = [datetime.date.fromisoformat(f"{month}-01") for month in result.labels.months]
    width = np.array([BAR * _days_in(month) for month in starts])
    centre = np.array([day_numbers(month, [0])[0] + _days_in(month) / 2 for month in starts])
    several = result.replications > 1
    if several:
        ax.bar(centre, high - low, width, bottom=low, color=LIGHT_BAND, linewidth=0, label=LEGEND[1])
    ends = (centre - width / 2, centre + width / 2)
    ax.hlines(middle, *ends, color=BLUE, linewidth=1.4, zorder=3, label=LEGEND[0] if several else ONLY)


def _matching(
    observed: pd.DataFrame | None, route: tuple[str, str, str], months: tuple[str, ...]
) -> pd.DataFrame:
    """Return what was observed on a route in the months of a run."""
    if observed is None:
        return pd.DataFrame(columns=["month", "quantity", "unit", "status"])
    keys = observed[["material", "origin", "destination"]].apply(tuple, axis=1)
    return observed[(keys == route) & observed["month"].isin(months)]


def _draw_observed(ax: Axes, seen: pd.DataFrame, unit: str) -> None:
    """Draw observed months as points, open where the number is an estimate."""
    if (wrong := set(seen["unit"]) - {unit}) != set():
        raise CurbsimError(f"observed trade is in {', '.join(sorted(wrong))}; write it in {unit}")
    for is_estimate, name in ((False, LEGEND[2]), (True, LEGEND[3])):
        rows = seen[(seen["status"] != "sourced") == is_estimate]
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


def _legend(ax: Axes) -> int:
    """Put the legend above the axes, simulated on the left, observed on the right; return its rows."""
    named = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    order = [name for name in (ONLY, *LEGEND) if name in named]
    ax.legend(
        [named[name] for name in order],
        order,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0 + RAISED / 150),
        ncols=2,
        borderpad=0.2,
        handlelength=1.4,
    )
    return -(-len(order) // 2)


def _words(result: Result, seen: pd.DataFrame) -> str:
    """Say what lines, bars and diamonds are, in the words of the legend."""
    number = counted(result.replications, "replication")
    what = (
        "Lines: the only replication."
        if result.replications == 1
        else f"Lines and bars: median and middle 95 % of {number}."
    )
    points = " Diamonds: customs, open where the number is an estimate." if len(seen) else ""
    return f"{result.title}. {what}{points}"


def _days_in(month: datetime.date) -> int:
    following = (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    return (following - month).days
