"""Cover of stocks and output of processes over time."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from sim.errors import CurbsimError
from sim.plots import marks, style
from sim.plots.marks import Letters, lettered, mark_words
from sim.plots.style import PanelLook, PointLook, styled
from sim.results.headline import FIRST_DAYS
from sim.results.loss_summary import money_rank
from sim.results.restricted import Treated, treated
from sim.results.result import Result
from sim.types import Floats

COVERS = PanelLook(row_height=39.0, most=20, y_label="Cover, days", share_x=True)
OUTPUTS = PanelLook(row_height=35.0, y_label="Output, % of baseline", share_x=True, share_y=True)
# A customer is shown when the worst 5 % of replications lose a tenth of a day.
WORST_SHARE, LEAST_LOST = 0.95, 0.1
OFTEN = 0.5  # share of replications from which a first day is marked
FIRST_MARKS = {  # on the axis of days, by what first happens
    "held_back": PointLook("v", style.VERMILION, False),
    "lost": PointLook("v", style.VERMILION, True),
    "stopped": PointLook("s", style.BLACK, True),
}
FIRST_SIZES = {"held_back": 4.4, "lost": 3.0, "stopped": 1.8}  # so that none hides another of the same day
FIRST_WORDS = (
    " On the axis, medians where half of the replications have one: open triangle, starts first held back by "
    "a material; filled, output first lost; square, first day stopped."
)
MOST_MONEY = "processes that lose most money"  # those that are shown where there is no room for all


def exposed_stocks(result: Result, restricted: Treated) -> list[str]:
    """List the stocks in use that a treatment acts on, those first whose users lose most money."""
    cover = result.arrays["cover"]
    used = {name for s, name in enumerate(result.labels.stocks) if not np.isnan(cover[:, :, s]).any()}
    rank, users = money_rank(result), _users_of(restricted)
    last = (0.0, 0.0, "")

    def key(stock: str) -> tuple[tuple[float, float, str], str]:
        return min((rank[name] for name in users.get(stock, ()) if name in rank), default=last), stock

    return sorted((stock for stock in restricted.stocks if stock in used), key=key)


@styled
def cover(
    result: Result, *, material: str | None = None, facility: str | None = None, width: float | None = None
) -> Figure:
    """Draw the cover of each exposed stock over time, one small panel for each.

    Parameters
    ----------
    material, facility : str, optional
        Only these; any stock in use when no treatment bears on them.
    """
    restricted = treated(result)
    _require_parts(result, material=material, facility=facility)
    stocks = [
        name
        for name in exposed_stocks(result, restricted)
        if material in (None, name.rsplit("/", 1)[1]) and facility in (None, name.rsplit("/", 1)[0])
    ]
    if not stocks:
        raise CurbsimError(
            "no treatment acts on such a stock, so there is no cover to show; "
            "write stock_cover(result, stock='facility/material') for any other"
        )

    what = "stocks of those that lose most money"
    stocks, note = style.first_names(stocks, stocks.index, COVERS.room(width), what)
    dates = {date for stock in stocks for date in restricted.stocks[stock]}
    draw = partial(_draw_cover, result, restricted, lettered(dates))
    figure = style.panels(stocks, draw, COVERS, width)
    words = marks.band_words(result) + mark_words(dates, restricted.words)
    style.figure_caption(figure, f"{result.title}. Cover = stock over baseline use. {words}{note}")
    return figure


def _require_parts(result: Result, **given: str | None) -> None:
    """Raise when there is no stock of a material, or at a facility, that was asked for."""
    for place, (what, name) in zip((1, 0), given.items(), strict=True):
        if name is not None:
            style.require_name(
                what, name, sorted({stock.rsplit("/", 1)[place] for stock in result.labels.stocks})
            )


def _users_of(restricted: Treated) -> dict[str, list[str]]:
    """Return the processes that draw on each stock."""
    users: dict[str, list[str]] = {}
    for facility, entry in restricted.document.facilities.items():
        for key, process in entry.makes.items():
            for material in process.inputs:
                users.setdefault(f"{facility}/{material}", []).append(f"{facility}/{key}")
    return users


@styled
def stock_cover(result: Result, *, stock: str, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the cover of one stock, `facility/material`, over time."""
    style.require_name("stock", stock, result.labels.stocks)
    restricted = treated(result)
    dates = restricted.stocks.get(stock, ())
    ax = style.axes_or_new(ax, width, 58.0)
    _draw_cover(result, restricted, lettered(dates), ax, stock)
    ax.set_ylabel("Cover, days of baseline use")
    style.caption(ax, marks.band_words(result) + mark_words(dates, restricted.words))
    return ax


def _covers(result: Result, stock: str) -> Floats:
    """Return the cover of a stock, days [replication, week]."""
    return np.asarray(result.arrays["cover"][:, :, result.labels.stocks.index(stock)])


def _draw_cover(
    result: Result, restricted: Treated, letters: Letters, ax: Axes, stock: str, columns: int = 1
) -> None:
    marks.draw_weeks(ax, result, _covers(result, stock), columns=columns)
    marks.draw_marks(ax, restricted.stocks.get(stock, ()), letters, columns=columns)
    ax.set_ylim(bottom=0)
    facility, material = stock.rsplit("/", 1)
    titles = restricted.facility_title(facility), restricted.material_title(material)
    style.short_title(ax, *titles, pad=marks.RAISED)


def shown_processes(result: Result, restricted: Treated) -> list[str]:
    """List the exposed processes, then those of their direct customers that lose, by money lost."""
    labels, document = result.labels, restricted.document
    lost = np.quantile(result.values("process", "lost_days_gross"), WORST_SHARE, axis=0) > LEAST_LOST
    losing = {name for name, loses in zip(labels.processes, lost, strict=True) if loses}
    sold = {(name.rsplit("/", 1)[0], material_of(result, name)) for name in labels.exposed}
    customers = {
        (link.to, link.material)
        for link in document.links.values()
        if link.share > 0.0 and (link.from_, link.material) in sold
    }
    touched = {
        f"{facility}/{key}"
        for facility, entry in document.facilities.items()
        for key, process in entry.makes.items()
        if any((facility, used) in customers for used in process.inputs)
    }
    rank = money_rank(result)
    shown = {*labels.exposed, *(losing & touched)}
    return sorted(shown, key=lambda name: (name not in labels.exposed, rank[name]))


def material_of(result: Result, process: str) -> str:
    """Return what a process makes."""
    return result.labels.process_material[result.labels.processes.index(process)]


def titles_of(result: Result, restricted: Treated, process: str) -> tuple[str, str]:
    """Return the title of the facility of a process, and what it makes there."""
    return restricted.process_title(process, material_of(result, process))


@styled
def output(result: Result, *, width: float | None = None) -> Figure:
    """Draw weekly good output as a share of the baseline, one small panel for each process.

    Shown are the processes that use what a treatment acts on, and those of their direct customers that
    lose a tenth of a day of output in the worst 5 % of replications.
    """
    restricted = treated(result)
    processes = shown_processes(result, restricted)
    if not processes:
        raise CurbsimError("no process uses what a treatment acts on; write process_output for any other")
    rank = money_rank(result).__getitem__
    processes, note = style.first_names(processes, rank, OUTPUTS.room(width), MOST_MONEY)
    draw = partial(_draw_output, result, restricted)
    figure = style.panels(processes, draw, OUTPUTS, width)
    words = marks.band_words(result) + mark_words(restricted.days, restricted.words) + FIRST_WORDS
    against = "Good output by week against the same week of the baseline."
    style.figure_caption(figure, f"{result.title}. {against} {words}{note}")
    return figure


@styled
def process_output(
    result: Result, *, process: str, ax: Axes | None = None, width: float | None = None
) -> Axes:
    """Draw the weekly output of one process, `facility/process`, as a share of the baseline."""
    style.require_name("process", process, result.labels.processes)
    restricted = treated(result)
    ax = style.axes_or_new(ax, width, 58.0)
    _draw_output(result, restricted, ax, process)
    ax.set_ylabel("Output by week, % of baseline")
    words = marks.band_words(result) + mark_words(restricted.days, restricted.words)
    style.caption(ax, words + FIRST_WORDS)
    return ax


def _draw_first_days(ax: Axes, result: Result, process: str) -> None:
    """Mark on the axis when starts are first held back, output is first lost and starts first stop."""
    start = marks.day_number(marks.start_of(result))
    for event, look in FIRST_MARKS.items():
        days = result.values("process", FIRST_DAYS[event], process)
        if np.isfinite(days).mean() >= OFTEN:
            place = start + float(np.nanmedian(days))
            ax.plot(place, 0.0, clip_on=False, zorder=4, **look.options(FIRST_SIZES[event]))


def _draw_output(result: Result, restricted: Treated, ax: Axes, process: str, columns: int = 1) -> None:
    values = result.arrays["output"][:, :, result.labels.processes.index(process)]
    marks.draw_weeks(ax, result, values, percent=True, columns=columns)
    marks.draw_marks(ax, restricted.days, lettered(restricted.days), columns=columns)
    ax.set_ylim(0, max(112.0, ax.get_ylim()[1]))
    ax.yaxis.set_major_locator(MultipleLocator(25 if ax.get_ylim()[1] < 140 else 50))
    ax.axhline(100.0, color="#777777", linewidth=0.5, zorder=1.8)
    _draw_first_days(ax, result, process)
    style.short_title(ax, *titles_of(result, restricted, process), pad=marks.RAISED)
