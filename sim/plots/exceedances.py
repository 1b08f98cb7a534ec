"""How likely losses above any size are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.plots.losses import losers, material_of
from sim.plots.style import (
    BLUE,
    LIGHT_BAND,
    columns_of,
    counted,
    figure_caption,
    grid,
    label_outer,
    most_panels,
    short_title,
    styled,
)
from sim.results.estimates import ANY_LOSS, LEVEL, proportion
from sim.results.restricted import treated
from sim.results.result import Result
from sim.types import Floats

MOST = 24  # panels of one figure


@styled
def exceedance(result: Result, *, process: str | None = None, width: float | None = None) -> Figure:
    """Draw how likely a loss above any size is, one small panel for each exposed process.

    Net lost days, so that what is made up later is taken off. Bands hold the whole curve with 95 %
    confidence (Dvoretzky, Kiefer and Wolfowitz 1956; Massart 1990).

    Parameters
    ----------
    process : str, optional
        Only this one, `facility/process`, exposed or not.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    names = [process] if process else list(result.labels.exposed)
    if process is not None and process not in result.labels.processes:
        known = ", ".join(result.labels.processes[:8])
        raise CurbsimError(f"unknown process '{process}'; write one of {known} ...")
    if not names:
        raise CurbsimError(f"{result.name}: no process uses what a treatment acts on; write process=...")
    most = most_panels(width, MOST)
    order = losers(result)
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    note = f" The {most} processes that lose most of {len(names)}." if len(names) > most else ""
    names = names[:most]
    figure, axes = grid(len(names), row_height=36.0, share_y=True, width=width)
    columns = columns_of(len(names), width)[1]
    for number, (ax, name) in enumerate(zip(axes, names, strict=True)):
        _exceeds(ax, result, name)
        ax.set_ylabel("Chance of more, %" if number % columns == 0 else "")
        ax.set_xlabel("Net lost days" if number + columns >= len(names) else "")
    label_outer(axes, columns, x=False, y=True)
    figure_caption(
        figure,
        f"{result.title}. Chance of losing more than so many days of output, net of what is made up later; "
        f"{counted(result.replications, 'replication')}. Bands: 95 % confidence for the whole curve. "
        f"No loss: share of replications that are never short, even for a time (exact binomial "
        f"interval).{note}",
    )
    return figure


def _exceeds(ax: Axes, result: Result, process: str) -> None:
    p = result.labels.processes.index(process)
    days = np.sort(result.values("process", "lost_days")[:, p])
    none = int((result.values("process", "lost_days_gross")[:, p] <= ANY_LOSS).sum())
    top = max(float(days[-1]) * 1.05, 1.0)
    x = np.unique(np.concatenate([[0.0], days[(days > 0.0) & (days < top)], [top]]))
    above, low, high = survival(days, x)
    ax.fill_between(x, low, high, step="post", color=LIGHT_BAND, linewidth=0, zorder=2)
    ax.step(x, above, where="post", color=BLUE, zorder=3)
    least, most = proportion(none, len(days))
    ax.text(
        0.97, 0.95,
        f"no loss {100 * none / len(days):.0f} %\n({100 * least:.0f} to {100 * most:.0f})",
        transform=ax.transAxes, ha="right", va="top", fontsize=5.5, zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8},
    )  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.02)
    ax.locator_params(axis="x", nbins=4)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    short_title(ax, *treated(result).process_title(process, material_of(result, process)))


def survival(values: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the share of values above each of `at`, and the 95 % band of the whole curve.

    Examples
    --------
    >>> survival(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.5]))[0]
    array([0.75])
    """
    ordered = np.sort(values)
    above = 1.0 - np.searchsorted(ordered, at, side="right") / len(ordered)
    half = np.sqrt(np.log(2.0 / (1.0 - LEVEL)) / (2.0 * len(ordered)))
    return above, np.clip(above - half, 0.0, 1.0), np.clip(above + half, 0.0, 1.0)
