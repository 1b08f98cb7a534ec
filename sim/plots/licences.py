"""The licence office as a queue: files that wait for a decision, and how long those granted have waited."""

from __future__ import annotations

import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.plots.bands import quantiles
from sim.plots.marks import RAISED, draw_marks, lettered, mark_words
from sim.plots.style import (
    DASHES,
    SERIES,
    SINGLE,
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
from sim.types import Floats

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
