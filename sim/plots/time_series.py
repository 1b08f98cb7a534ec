"""Cover of stocks and output of processes over time."""

from __future__ import annotations

import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from sim.errors import CurbsimError
from sim.plots import marks
from sim.plots.marks import RAISED, Letters, draw_marks, lettered, mark_words
from sim.plots.style import (
    axes_or_new,
    caption,
    columns_of,
    date_axis,
    figure_caption,
    grid,
    label_outer,
    most_panels,
    short_title,
    styled,
)
from sim.results.restricted import Treated, treated
from sim.results.result import Result

MOST_COVERS = 20  # panels of one figure


def exposed_stocks(result: Result, found: Treated) -> list[str]:
    """List the stocks that a treatment acts on and that are in use, by material, then facility."""
    cover = result.arrays["cover"]
    used = {name for s, name in enumerate(result.labels.stocks) if not np.isnan(cover[:, :, s]).any()}
    order = list(found.document.facilities)

    def key(stock: str) -> tuple[str, int]:
        facility, material = stock.rsplit("/", 1)
        return material, order.index(facility)

    return sorted((stock for stock in found.stocks if stock in used), key=key)


@styled
def cover(
    result: Result, *, material: str | None = None, facility: str | None = None, width: float | None = None
) -> Figure:
    """Draw the cover of each exposed stock over time, one small panel for each.

    Parameters
    ----------
    material, facility : str, optional
        Only these; any stock in use when no treatment bears on them.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    found = treated(result)
    stocks = [
        name
        for name in exposed_stocks(result, found)
        if material in (None, name.rsplit("/", 1)[1]) and facility in (None, name.rsplit("/", 1)[0])
    ]
    if not stocks:
        raise CurbsimError(
            "no treatment acts on such a stock, so there is no cover to show; "
            "write stock_cover(result, stock='facility/material') for any other"
        )
    most = most_panels(width, MOST_COVERS)
    left_out = len(stocks) - most
    if left_out > 0:
        stocks = _lowest(result, stocks, most)
    dates = {date for stock in stocks for date in found.stocks[stock]}
    figure, axes = grid(len(stocks), row_height=39.0, width=width)
    columns = columns_of(len(stocks), width)[1]
    for number, (ax, stock) in enumerate(zip(axes, stocks, strict=True)):
        _cover_panel(ax, result, found, stock, lettered(dates), columns=columns)
        ax.set_ylabel("Cover, days" if number % columns == 0 else "")
    label_outer(axes, columns, x=True, y=False)
    note = f" The {most} stocks with the lowest cover of {most + left_out}." if left_out > 0 else ""
    words = marks.band_words(result) + mark_words(dates, found.words)
    figure_caption(figure, f"{result.title}. Cover = stock over baseline use. {words}{note}")
    return figure


@styled
def stock_cover(result: Result, *, stock: str, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the cover of one stock, `facility/material`, over time."""
    if stock not in result.labels.stocks:
        raise CurbsimError(f"unknown stock '{stock}'; write one of {', '.join(result.labels.stocks[:8])} ...")
    found = treated(result)
    dates = found.stocks.get(stock, ())
    ax = axes_or_new(ax, width, 58.0)
    _cover_panel(ax, result, found, stock, lettered(dates))
    ax.set_ylabel("Cover, days of baseline use")
    caption(ax, marks.band_words(result) + mark_words(dates, found.words))
    return ax


def _cover_panel(
    ax: Axes, result: Result, found: Treated, stock: str, letters: Letters, *, columns: int = 1
) -> None:
    values = result.arrays["cover"][:, :, result.labels.stocks.index(stock)]
    marks.draw_bands(ax, result, values)
    date_axis(ax, datetime.date.fromisoformat(result.labels.start), result.labels.days, narrow=columns > 1)
    draw_marks(ax, found.stocks.get(stock, ()), letters, columns=columns)
    ax.set_ylim(bottom=0)
    facility, material = stock.rsplit("/", 1)
    short_title(ax, found.facility_title(facility), found.material_title(material), pad=RAISED)


def _lowest(result: Result, stocks: list[str], most: int) -> list[str]:
    column = {name: s for s, name in enumerate(result.labels.stocks)}
    cover = result.arrays["cover"]
    lowest = {name: float(np.median(cover[:, :, column[name]].min(axis=1))) for name in stocks}
    kept = set(sorted(stocks, key=lambda name: (lowest[name], name))[:most])
    return [name for name in stocks if name in kept]


MOST_OUTPUTS = 24  # panels of one figure
WORST, SEEN = 0.95, 0.1  # a customer is shown when the worst 5 % of replications lose a tenth of a day


def shown_processes(result: Result, found: Treated) -> list[str]:
    """List the exposed processes, then those of their direct customers that lose."""
    labels = result.labels
    lost = np.quantile(result.values("process", "lost_days_gross"), WORST, axis=0) > SEEN
    material_of = dict(zip(labels.processes, labels.process_material, strict=True))
    sold = {(name.rsplit("/", 1)[0], material_of[name]) for name in labels.exposed}
    customers = {
        (link.to, link.material)
        for link in found.document.links.values()
        if link.share > 0.0 and (link.from_, link.material) in sold
    }
    touched = {
        f"{facility}/{key}"
        for facility, entry in found.document.facilities.items()
        for key, process in entry.makes.items()
        if any((facility, used) in customers for used in process.inputs)
    }
    order = list(found.document.facilities)
    further = [
        name
        for p, name in enumerate(labels.processes)
        if lost[p] and name in touched and name not in labels.exposed
    ]

    def key(name: str) -> tuple[int, str]:
        return order.index(name.rsplit("/", 1)[0]), name

    return [*sorted(labels.exposed, key=key), *sorted(further, key=key)]


@styled
def output(result: Result, *, width: float | None = None) -> Figure:
    """Draw weekly good output as a share of the baseline, one small panel for each process.

    Shown are the processes that use what a treatment acts on, and those of their direct customers that
    lose a tenth of a day of output in the worst 5 % of replications.
    """
    found = treated(result)
    processes = shown_processes(result, found)
    if not processes:
        raise CurbsimError("no process uses what a treatment acts on; write process_output for any other")
    most = most_panels(width, MOST_OUTPUTS)
    left_out = len(processes) - most
    if left_out > 0:
        processes = _largest(result, processes, most)
    letters = lettered(found.days)
    figure, axes = grid(len(processes), row_height=35.0, share_y=True, width=width)
    columns = columns_of(len(processes), width)[1]
    for number, (ax, process) in enumerate(zip(axes, processes, strict=True)):
        _output_panel(ax, result, found, process, letters, columns=columns)
        ax.set_ylabel("Output, % of baseline" if number % columns == 0 else "")
    words = marks.band_words(result) + mark_words(found.days, found.words)
    label_outer(axes, columns, x=True, y=True)
    note = f" The {most} processes that lose most of {most + left_out}." if left_out > 0 else ""
    figure_caption(
        figure, f"{result.title}. Good output by week against the same week of the baseline. {words}{note}"
    )
    return figure


@styled
def process_output(
    result: Result, *, process: str, ax: Axes | None = None, width: float | None = None
) -> Axes:
    """Draw the weekly output of one process, `facility/process`, as a share of the baseline."""
    if process not in result.labels.processes:
        known = ", ".join(result.labels.processes[:8])
        raise CurbsimError(f"unknown process '{process}'; write one of {known} ...")
    found = treated(result)
    letters = lettered(found.days)
    ax = axes_or_new(ax, width, 58.0)
    _output_panel(ax, result, found, process, letters)
    ax.set_ylabel("Output by week, % of baseline")
    caption(ax, marks.band_words(result) + mark_words(found.days, found.words))
    return ax


def _output_panel(
    ax: Axes, result: Result, found: Treated, process: str, letters: Letters, *, columns: int = 1
) -> None:
    p = result.labels.processes.index(process)
    values = result.arrays["output"][:, :, p]
    marks.draw_bands(ax, result, values, percent=True)
    date_axis(ax, datetime.date.fromisoformat(result.labels.start), result.labels.days, narrow=columns > 1)
    draw_marks(ax, found.days, letters, columns=columns)
    ax.set_ylim(0, max(112.0, ax.get_ylim()[1]))
    ax.yaxis.set_major_locator(MultipleLocator(25 if ax.get_ylim()[1] < 140 else 50))
    ax.axhline(100.0, color="#777777", linewidth=0.5, zorder=1.8)
    short_title(ax, *found.process_title(process, result.labels.process_material[p]), pad=RAISED)


def _largest(result: Result, processes: list[str], most: int) -> list[str]:
    lost = result.values("process", "lost_days_gross").mean(axis=0)
    column = {name: p for p, name in enumerate(result.labels.processes)}
    kept = set(sorted(processes, key=lambda name: (-float(np.asarray(lost)[column[name]]), name))[:most])
    return [name for name in processes if name in kept]
