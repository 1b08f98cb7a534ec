"""Cover over time: how long the stocks that a treatment bears on would last."""

from __future__ import annotations

import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.errors import CurbsimError
from sim.plots import bands
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

MOST = 20  # panels of one figure


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
    most = most_panels(width, MOST)
    left_out = len(stocks) - most
    if left_out > 0:
        stocks = _lowest(result, stocks, most)
    dates = {date for stock in stocks for date in found.stocks[stock]}
    figure, axes = grid(len(stocks), row_height=39.0, width=width)
    columns = columns_of(len(stocks), width)[1]
    for number, (ax, stock) in enumerate(zip(axes, stocks, strict=True)):
        _panel(ax, result, found, stock, lettered(dates), columns=columns)
        ax.set_ylabel("Cover, days" if number % columns == 0 else "")
    label_outer(axes, columns, x=True, y=False)
    note = f" The {most} stocks with the lowest cover of {most + left_out}." if left_out > 0 else ""
    words = bands.band_words(result) + mark_words(dates, found.words)
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
    _panel(ax, result, found, stock, lettered(dates))
    ax.set_ylabel("Cover, days of baseline use")
    caption(ax, bands.band_words(result) + mark_words(dates, found.words))
    return ax


def _panel(
    ax: Axes, result: Result, found: Treated, stock: str, letters: Letters, *, columns: int = 1
) -> None:
    values = result.arrays["cover"][:, :, result.labels.stocks.index(stock)]
    bands.draw_bands(ax, result, values)
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
