"""Cover over time: how long the stocks that a treatment bears on would last."""

from __future__ import annotations

import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.errors import CurbsimError
from sim.plots import bands
from sim.plots.style import SINGLE, axes_or_new, caption, date_axis, figure_caption, grid, styled
from sim.plots.treated import Treated, treated
from sim.results import Result

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
def cover(result: Result, *, material: str | None = None, facility: str | None = None) -> Figure:
    """Draw the cover of each exposed stock over time, one small panel for each.

    Parameters
    ----------
    material, facility : str, optional
        Only these; any stock in use when no treatment bears on them.
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
    left_out = len(stocks) - MOST
    if left_out > 0:
        stocks = _lowest(result, stocks)
    figure, axes = grid(len(stocks), columns=4, row_height=37.0, share_y=False)
    for number, (ax, stock) in enumerate(zip(axes, stocks, strict=True)):
        _panel(ax, result, found, stock)
        ax.set_ylabel("Cover, days" if number % min(4, len(stocks)) == 0 else "")
    marks = tuple(sorted({date for stock in stocks for date in found.stocks[stock]}))
    note = f" The {MOST} stocks with the lowest cover of {MOST + left_out}." if left_out > 0 else ""
    words = bands.band_words(result) + bands.mark_words(marks)
    figure_caption(figure, f"{result.title}. Cover = stock over baseline use. {words}{note}")
    return figure


@styled
def stock_cover(result: Result, *, stock: str, ax: Axes | None = None) -> Axes:
    """Draw the cover of one stock, `facility/material`, over time."""
    if stock not in result.labels.stocks:
        raise CurbsimError(f"unknown stock '{stock}'; write one of {', '.join(result.labels.stocks[:8])} ...")
    found = treated(result)
    ax = axes_or_new(ax, SINGLE, 58.0)
    _panel(ax, result, found, stock, narrow=False)
    ax.set_ylabel("Cover, days of baseline use")
    caption(ax, bands.band_words(result) + bands.mark_words(found.stocks.get(stock, ())))
    return ax


def _panel(ax: Axes, result: Result, found: Treated, stock: str, *, narrow: bool = True) -> None:
    values = result.arrays["cover"][:, :, result.labels.stocks.index(stock)]
    bands.draw_bands(ax, result, values)
    bands.mark_dates(ax, found.stocks.get(stock, ()))
    date_axis(ax, datetime.date.fromisoformat(result.labels.start), result.labels.days, narrow=narrow)
    ax.set_ylim(bottom=0)
    facility, material = stock.rsplit("/", 1)
    ax.set_title(f"{found.facility_title(facility)}\n{found.material_title(material)}", fontsize=6)


def _lowest(result: Result, stocks: list[str]) -> list[str]:
    column = {name: s for s, name in enumerate(result.labels.stocks)}
    cover = result.arrays["cover"]
    lowest = {name: float(np.median(cover[:, :, column[name]].min(axis=1))) for name in stocks}
    kept = set(sorted(stocks, key=lambda name: (lowest[name], name))[:MOST])
    return [name for name in stocks if name in kept]
