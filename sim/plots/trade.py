"""Trade by month, and licences by week."""

from __future__ import annotations

import datetime
import pathlib

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.plots import marks
from sim.plots.marks import RAISED, draw_marks, lettered, mark_words, quantiles
from sim.plots.style import (
    BLUE,
    DASHES,
    LIGHT_BAND,
    SERIES,
    SINGLE,
    axes_or_new,
    caption,
    chosen_width,
    counted,
    date_axis,
    day_numbers,
    figure_caption,
    picture,
    styled,
)
from sim.results.restricted import treated
from sim.results.result import Result
from sim.scenario import Scenario
from sim.types import Floats

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
    low, _, middle, _, high = marks.quantiles(result.arrays["trade"][:, :, result.labels.routes.index(route)])
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


WEEK = 7  # days of a bin of waits
MOST = len(SERIES)  # materials
LIGHT = 0.18  # of the bands, which lie on each other


def filed_materials(result: Result) -> list[str]:
    """List the materials for which a licence was filed, those with most files first."""
    filed = result.values("licence", "licences_filed").sum(axis=0)
    order = np.argsort(-filed, kind="stable")
    return [result.labels.materials[i] for i in order if filed[i] > 0]


@styled
def licences(result: Result, *, width: float | None = None) -> Figure:
    """Draw open files over time, and the share of granted files by days waited, both by material.

    Parameters
    ----------
    width : float, optional
        89 (one column, panels on each other) or 183 (two columns, side by side), in mm.

    Raises
    ------
    CurbsimError
        When no licence was filed, or the run folder comes from an older version.
    """
    if "open_files" not in result.arrays:
        raise CurbsimError(f"{result.name}: this run kept no licence files by week; run it again")
    materials = filed_materials(result)
    if not materials:
        raise CurbsimError(f"{result.name}: nobody filed for a licence, so there is no queue to show")
    chosen, shown = chosen_width(width, 183.0), materials[:MOST]
    narrow = chosen == SINGLE
    figure = picture(chosen, 118.0 if narrow else 68.0)
    places = (2, 1) if narrow else (1, 2)
    left, right = (figure.add_subplot(*places, place) for place in (1, 2))
    sides = ("above", "below") if narrow else ("left", "right")
    said = _queue(left, result, shown, columns=1 if narrow else 2)
    _waits(right, result, shown)
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=2 if narrow else 4, handlelength=2.4)
    note = f" The {MOST} materials with most files of {len(materials)}." if len(materials) > MOST else ""
    number, (first, second) = counted(result.replications, "replication"), sides
    figure_caption(
        figure,
        f"{result.title}. Lines: median of {number} ({first}), files of all together ({second}); bands: the "
        f"middle 95 % of replications. A file waits from filing to grant.{said}{note}",
    )
    return figure


def _queue(ax: Axes, result: Result, materials: list[str], *, columns: int) -> str:
    """Draw open files by week; return what the letters stand for."""
    found, files = treated(result), result.arrays["open_files"]
    start = datetime.date.fromisoformat(result.labels.start)
    x = day_numbers(start, [WEEK * (week + 1) for week in range(files.shape[1])])
    for number, material in enumerate(materials):
        low, _, middle, _, high = quantiles(files[:, :, result.labels.materials.index(material)])
        _line(ax, number, (x, middle, low, high), found.material_title(material))
    date_axis(ax, start, result.labels.days, narrow=columns > 1)
    draw_marks(ax, found.days, lettered(found.days), columns=columns)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Files that wait for a decision")
    ax.set_title("Queue", pad=RAISED)
    return mark_words(found.days, found.words)


def _waits(ax: Axes, result: Result, materials: list[str]) -> None:
    """Draw the share of granted files that waited no longer than so many days."""
    waits = result.arrays["waits"]
    longest = float(WEEK)
    for number, material in enumerate(materials):
        counts = waits[:, result.labels.materials.index(material), :]
        if not counts.any():
            continue
        days = WEEK * np.arange(counts.shape[1])  # nobody waited less than 0; the open bin is left out
        together = cumulative(counts.sum(axis=0)[None, :])[0]
        low, _, _, _, high = quantiles(cumulative(counts[counts.sum(axis=1) > 0]))
        _line(ax, number, (days, together, low, high), material)
        longest = max(longest, float(days[min(int((together < 0.999).sum()) + 1, len(days) - 1)]))
    ax.set_xlim(0, longest)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    ax.set_xlabel("Days from filing to grant")
    ax.set_ylabel("Granted files, %")
    ax.set_title("Waits of granted files", pad=RAISED)


def cumulative(counts: Floats) -> Floats:
    """Return the share of files that waited less than 0, 1, 2 ... weeks, by row.

    Examples
    --------
    >>> cumulative(np.array([[1, 0, 3]]))
    array([[0.  , 0.25, 0.25]])
    """
    sums = np.cumsum(counts, axis=1)
    before = np.concatenate([np.zeros((len(counts), 1)), sums[:, :-1]], axis=1)
    return np.asarray(before / sums[:, -1:])


def _line(ax: Axes, number: int, points: tuple[object, Floats, Floats, Floats], label: str) -> None:
    x, middle, low, high = points
    ax.fill_between(x, low, high, color=SERIES[number], alpha=LIGHT, linewidth=0, zorder=2)  # type: ignore[arg-type]
    ax.plot(x, middle, color=SERIES[number], linestyle=DASHES[number], zorder=3 + 0.1 * number, label=label)  # type: ignore[arg-type]
