"""Trade by month, and licences by week."""

from __future__ import annotations

import calendar
import datetime
import pathlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.plots import marks, style
from sim.plots.marks import RAISED, lettered, mark_words, quantiles
from sim.plots.style import BLACK, BLUE, PointLook, styled
from sim.results.numbers import counted
from sim.results.restricted import treated
from sim.results.result import Result
from sim.scenario import Scenario, as_scenario
from sim.types import Floats

OBSERVED = "observed.csv"
BAR_WIDTH = 0.72  # share of the month
LEGEND = ("Simulated: median", "Simulated: middle 95 %", "Observed", "Observed, an estimate")
ONLY_RUN = "Simulated"

WEEK = 7  # days of a bin of waits
MOST_MATERIALS = len(style.SERIES)
BAND_ALPHA = 0.18  # bands lie on each other
ALMOST_ALL = 0.999  # of granted files: the axis of waits ends there


def observed(scenario: Scenario) -> pd.DataFrame | None:
    """Read `observed.csv` beside the files of a scenario; None when there is none.

    Returns
    -------
    DataFrame
        month, material, origin, destination, quantity, unit, status, source, url, note.
    """
    for file in reversed(as_scenario(scenario, "observed").files):
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
    restricted = treated(result)
    dates = restricted.routes.get(route, ())
    ax = style.axes_or_new(ax, width, 66.0)
    _draw_simulated(ax, result, route)
    points = _matching(observed, route, result.labels.months)
    _draw_observed(ax, points, result.labels.units[material])
    marks.date_axis(ax, result)
    marks.draw_marks(ax, dates, lettered(dates))
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"Shipments, {result.labels.units[material]} a month")
    pad = RAISED + 3 + 9.5 * _draw_legend(ax)
    ax.set_title(f"{restricted.material_title(material)}, {origin} to {destination}", pad=pad)
    style.caption(ax, _trade_words(result, points) + mark_words(dates, restricted.words))
    return ax


def _draw_simulated(ax: Axes, result: Result, route: tuple[str, str, str]) -> None:
    """Draw the median of each month as a line on a bar that holds 95 % of replications."""
    low, _, middle, _, high = quantiles(result.arrays["trade"][:, :, result.labels.routes.index(route)])
    days, centre = _months(result.labels.months)
    width = BAR_WIDTH * days
    several = result.replications > 1
    if several:
        ax.bar(centre, high - low, width, bottom=low, color=style.LIGHT_BAND, linewidth=0, label=LEGEND[1])
    ends = (centre - width / 2, centre + width / 2)
    ax.hlines(middle, *ends, color=BLUE, linewidth=1.4, zorder=3, label=LEGEND[0] if several else ONLY_RUN)


def _months(months: Iterable[str]) -> tuple[Floats, Floats]:
    """Return how many days months such as 2019-07 have, and where their middles stand on an axis."""
    starts = [datetime.date.fromisoformat(f"{month}-01") for month in months]
    days = np.array([calendar.monthrange(start.year, start.month)[1] for start in starts], dtype=float)
    return days, np.array([marks.day_number(start) for start in starts]) + days / 2


def _matching(
    observed: pd.DataFrame | None, route: tuple[str, str, str], months: tuple[str, ...]
) -> pd.DataFrame:
    """Return what was observed on a route in the months of a run."""
    if observed is None:
        return pd.DataFrame(columns=["month", "quantity", "unit", "status"])
    keys = observed[["material", "origin", "destination"]].apply(tuple, axis=1)
    return observed[(keys == route) & observed["month"].isin(months)]


def _draw_observed(ax: Axes, observed: pd.DataFrame, unit: str) -> None:
    """Draw observed months as points, open where the number is an estimate."""
    if others := set(observed["unit"]) - {unit}:
        raise CurbsimError(f"observed trade is in {', '.join(sorted(others))}; write it in {unit}")
    for is_sourced, label in ((True, LEGEND[2]), (False, LEGEND[3])):
        rows = observed[(observed["status"] == "sourced") == is_sourced]
        if len(rows):
            _, x = _months(rows["month"])
            look = PointLook("D", BLACK, is_sourced).options(3.5)
            ax.plot(x, rows["quantity"], markeredgewidth=0.7, zorder=4, label=label, clip_on=False, **look)


def _draw_legend(ax: Axes) -> int:
    """Put the legend above the axes, simulated on the left, observed on the right; return its rows."""
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    names = [name for name in (ONLY_RUN, *LEGEND) if name in handles]
    ax.legend(
        [handles[name] for name in names],
        names,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0 + RAISED / 150),
        ncols=2,
        borderpad=0.2,
        handlelength=1.4,
    )
    return -(-len(names) // 2)


def _trade_words(result: Result, observed: pd.DataFrame) -> str:
    """Say what lines, bars and diamonds are, in the words of the legend."""
    number = counted(result.replications, "replication")
    simulated = f"Lines and bars: median and middle 95 % of {number}."
    if result.replications == 1:
        simulated = "Lines: the only replication."
    points = " Diamonds: customs, open where the number is an estimate." if len(observed) else ""
    return f"{result.title}. {simulated}{points}"


def filed_materials(result: Result) -> list[str]:
    """List the materials for which a licence was filed, those with most files first."""
    filed = result.values("licence", "licences_filed").sum(axis=0)
    order = np.argsort(-filed, kind="stable")
    return [result.labels.materials[i] for i in order if filed[i] > 0]


@styled
def licences(result: Result, *, width: float | None = None) -> Figure:
    """Draw open files over time, and the share of granted files by days waited, both by material.

    The panels stand side by side in two columns' width, on each other in one.

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
    chosen, shown = style.chosen_width(width, style.DOUBLE), materials[:MOST_MATERIALS]
    narrow = chosen == style.SINGLE
    figure = style.picture(chosen, 118.0 if narrow else 68.0)
    grid, (first, second) = ((2, 1), ("above", "below")) if narrow else ((1, 2), ("left", "right"))
    queue, waits = (figure.add_subplot(*grid, place) for place in (1, 2))
    letters = _draw_queue(queue, result, shown, columns=grid[1])
    _draw_waits(waits, result, shown)
    handles, names = queue.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=2 * grid[1], handlelength=2.4)
    more = len(materials) > MOST_MATERIALS
    note = f" The {MOST_MATERIALS} materials with most files of {len(materials)}." if more else ""
    style.figure_caption(
        figure,
        f"{result.title}. Lines: median of {counted(result.replications, 'replication')} ({first}), files of "
        f"all together ({second}); bands: the middle 95 % of replications. A file waits from filing to "
        f"grant.{letters}{note}",
    )
    return figure


def _draw_queue(ax: Axes, result: Result, materials: list[str], *, columns: int) -> str:
    """Draw open files by week; return what the letters stand for."""
    restricted, files = treated(result), result.arrays["open_files"]
    x = marks.day_number(marks.start_of(result)) + WEEK * np.arange(1, files.shape[1] + 1)
    for number, material in enumerate(materials):
        low, _, middle, _, high = quantiles(files[:, :, result.labels.materials.index(material)])
        _draw_line(ax, number, (x, middle, low, high), restricted.material_title(material))
    marks.date_axis(ax, result, columns=columns)
    marks.draw_marks(ax, restricted.days, lettered(restricted.days), columns=columns)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Files that wait for a decision")
    ax.set_title("Queue", pad=RAISED)
    return mark_words(restricted.days, restricted.words)


def _draw_waits(ax: Axes, result: Result, materials: list[str]) -> None:
    """Draw the share of granted files that waited no longer than so many days."""
    longest = float(WEEK)
    for number, material in enumerate(materials):
        counts = result.arrays["waits"][:, result.labels.materials.index(material), :]
        if not counts.any():
            continue
        days = WEEK * np.arange(counts.shape[1])  # nobody waited less than 0; the open bin is left out
        together = cumulative(counts.sum(axis=0)[None, :])[0]
        low, _, _, _, high = quantiles(cumulative(counts[counts.sum(axis=1) > 0]))
        _draw_line(ax, number, (days, together, low, high), material)
        longest = max(longest, float(days[min(int((together < ALMOST_ALL).sum()) + 1, len(days) - 1)]))
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


def _draw_line(ax: Axes, number: int, points: tuple[Floats, Floats, Floats, Floats], label: str) -> None:
    x, middle, low, high = points
    colour, dashes = style.SERIES[number], style.DASHES[number]
    ax.fill_between(x, low, high, color=colour, alpha=BAND_ALPHA, linewidth=0, zorder=2)
    ax.plot(x, middle, color=colour, linestyle=dashes, zorder=3 + 0.1 * number, label=label)
