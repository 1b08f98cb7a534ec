"""Losses: by material, their exceedance curves, and their spread down the tiers."""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.network.compile import compile_network
from sim.plots import marks, style
from sim.plots.marks import lettered, mark_words
from sim.plots.network_layout import layered
from sim.plots.style import PanelLook, styled
from sim.plots.time_series import MOST_MONEY, titles_of
from sim.results.estimates import ANY_LOSS, LEVEL, proportion
from sim.results.loss_summary import money_rank
from sim.results.numbers import MILLION, counted
from sim.results.restricted import Treated, treated
from sim.results.result import Result
from sim.types import Floats

MOST_OTHERS, LEAST_LOST = 6, 0.1  # processes besides the exposed ones, and days of output they lose at least
MOST_ROWS = 24
ALL_ELSE = "all else"
BOUNDS = ("demand", "capacity", ALL_ELSE)
ROW_HEIGHT = 5.2  # mm
LEAST_PART = 0.004  # of the longest bar: shorter parts cannot be seen
TAILS = (0.5 - LEVEL / 2, 0.5 + LEVEL / 2)

CURVES = PanelLook(row_height=36.0, x_label="Gross lost days", y_label="Chance of more, %", share_y=True)

BELOW = 0.90  # of the baseline output of the week
TIER_HEIGHT = 14.0  # mm


def losers(result: Result) -> list[str]:
    """List the exposed processes that lose, then the worst of the others, each group by money lost."""
    days = result.values("process", "lost_days_gross").mean(axis=0)
    lost, rank = dict(zip(result.labels.processes, days, strict=True)), money_rank(result)
    order = sorted((name for name in rank if lost[name] > ANY_LOSS), key=rank.__getitem__)
    exposed = [name for name in order if name in result.labels.exposed]
    others = [name for name in order if name not in result.labels.exposed and lost[name] > LEAST_LOST]
    return [*exposed, *others[:MOST_OTHERS]][:MOST_ROWS]


@styled
def loss_by_material(result: Result, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw lost days of output by what bound starts: each material, demand, capacity.

    Shown are the users, and the six others that lose most, those first who lose most money. Bars are means of
    gross losses, so that nothing made up later is taken off; thin lines hold 95 % of replications.
    """
    names = losers(result)
    if not names:
        raise CurbsimError(f"{result.name}: nobody loses output, so there is nothing to split by material")
    restricted = treated(result)
    ax = style.axes_or_new(ax, width, 30.0 + ROW_HEIGHT * len(names))
    days, parts = _split(result, names)
    left = np.zeros(len(names))
    y = np.arange(len(names))
    for number, (bound, part) in enumerate(parts.items()):
        look: dict[str, Any] = {
            "label": bound.capitalize() if bound in BOUNDS else restricted.material_title(bound),
            "color": "#D9D9D9" if bound == ALL_ELSE else style.SERIES[number],
            "hatch": style.HATCHES[number],
        }
        for bar in ax.barh(y, part, 0.62, left=left, zorder=2, **look):
            bar.set(edgecolor="white", linewidth=0.3)
        left = left + part
    low, high = np.quantile(days, TAILS, axis=0)
    ax.hlines(y + 0.42, low, high, color="#333333", linewidth=0.8, zorder=3)
    style.row_names(ax, ["\n".join(titles_of(result, restricted, name)) for name in names])
    ax.set_xlim(left=0)
    number_of = counted(result.replications, "replication")
    lines = " Thin lines: the middle 95 % of them." if result.replications > 1 else ""
    bars = (
        f"{result.title}. Gross losses, {result.labels.start} to {result.horizon}, most money lost first. "
        f"Bars: mean over {number_of}, by what bound starts on the day."
    )
    text = f"{bars} Demand: too few orders.{lines}"
    style.finish_rows(ax, "Lost output, days of baseline (gross)", text)
    return ax


def priced(result: Result) -> list[str]:
    """List those of `losers` whose loss has a value."""
    value = result.values("process", "lost_value_gross").mean(axis=0)
    of = dict(zip(result.labels.processes, value, strict=True))
    return [name for name in losers(result) if np.isfinite(of[name]) and of[name] > 0.0]


@styled
def lost_value(result: Result, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the value that processes lose, in millions: gross as bars, net as diamonds.

    Shown are the users, and the six others that lose most, those first who lose most. Thin lines hold 95 % of
    replications, gross.
    """
    names = priced(result)
    if not names:
        raise CurbsimError(
            f"{result.name}: nobody loses output that has a price, so there is no value to draw"
        )
    ax, y = style.axes_or_new(ax, width, 30.0 + ROW_HEIGHT * len(names)), np.arange(len(names))
    gross, net = (
        np.array([result.values("process", f"lost_value{kind}", name) for name in names]) / MILLION
        for kind in ("_gross", "")
    )
    ax.barh(y, gross.mean(axis=1), 0.62, color=style.BLUE, zorder=2, label="Gross")
    ax.hlines(y + 0.42, *np.quantile(gross, TAILS, axis=1), color="#333333", linewidth=0.8, zorder=3)
    diamond = style.PointLook("D", style.BLACK, False).options(2.8)
    ax.plot(net.mean(axis=1), y, zorder=4, label=f"Net to {result.horizon}", **diamond)
    ax.axvline(0.0, color="#777777", linewidth=0.5, zorder=1.8)
    style.row_names(ax, ["\n".join(titles_of(result, treated(result), name)) for name in names])
    lines = " Thin lines: the middle 95 % of them, gross." if result.replications > 1 else ""
    text = (
        f"{result.title}. Value lost at base prices, {result.labels.start} to {result.horizon}: means over "
        f"{counted(result.replications, 'replication')}. Net: less what is made up by then.{lines}"
    )
    style.finish_rows(ax, f"Lost value, million {result.labels.currency}", text)
    return ax


def _split(result: Result, names: list[str]) -> tuple[Floats, dict[str, Floats]]:
    """Return gross lost days [replication, name], and their means by what bound them, largest first."""
    columns = [result.labels.processes.index(name) for name in names]
    days = result.values("process", "lost_days_gross")[:, columns]
    limiting = result.limiting()
    shares = [limiting.get(name, {}) for name in names]
    mean = days.mean(axis=0)
    parts = {
        bound: mean * np.array([share.get(bound, 0.0) for share in shares])
        for bound in {bound for share in shares for bound in share}
    }
    order = sorted(parts, key=lambda bound: (-float(parts[bound].sum()), bound))
    visible = [bound for bound in order if parts[bound].max() > LEAST_PART * mean.max()]
    few, others = visible[: len(style.SERIES) - 1], visible[len(style.SERIES) - 1 :]
    split = {bound: parts[bound] for bound in few}
    if others:
        split[ALL_ELSE] = np.sum([parts[bound] for bound in others], axis=0)
    return days, split


@styled
def exceedance(result: Result, *, process: str | None = None, width: float | None = None) -> Figure:
    """Draw how likely a loss above any size is, one small panel for each exposed process.

    Gross lost days: what is made up later is not taken off. Bands hold the whole curve with 95 %
    confidence (Dvoretzky, Kiefer and Wolfowitz 1956; Massart 1990).

    Parameters
    ----------
    process : str, optional
        Only this one, `facility/process`, exposed or not.
    """
    names = [process] if process else list(result.labels.exposed)
    if process is not None:
        style.require_name("process", process, result.labels.processes)
    if not names:
        raise CurbsimError(f"{result.name}: no process uses what a treatment acts on; write process=...")
    names.sort(key=money_rank(result).__getitem__)
    names, note = style.first_names(names, names.index, CURVES.room(width), MOST_MONEY)
    figure = style.panels(names, partial(_draw_curve, result, treated(result)), CURVES, width)
    style.figure_caption(
        figure,
        f"{result.title}. Chance of losing more than so many days of output, gross, {result.labels.start} to "
        f"{result.horizon}; {counted(result.replications, 'replication')}. Bands: 95 % confidence for the "
        f"whole curve. No loss: share of replications that are never short, even for a time (exact binomial "
        f"interval).{note}",
    )
    return figure


def _draw_curve(result: Result, restricted: Treated, ax: Axes, process: str, _: int) -> None:
    p = result.labels.processes.index(process)
    days = np.sort(result.values("process", "lost_days_gross")[:, p])
    spared = int((days <= ANY_LOSS).sum())
    top = max(float(days[-1]) * 1.05, 1.0)
    x = np.unique(np.concatenate([[0.0], days[(days > 0.0) & (days < top)], [top]]))
    above, low, high = survival(days, x)
    ax.fill_between(x, low, high, step="post", color=style.LIGHT_BAND, linewidth=0, zorder=2)
    ax.step(x, above, where="post", color=style.BLUE, zorder=3)
    least, most = proportion(spared, len(days))
    ax.text(
        0.97, 0.95,
        f"no loss {100 * spared / len(days):.0f} %\n({100 * least:.0f} to {100 * most:.0f})",
        transform=ax.transAxes, ha="right", va="top", fontsize=5.5, zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8},
    )  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.02)
    ax.locator_params(axis="x", nbins=4)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    style.short_title(ax, *titles_of(result, restricted, process))


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


def tiers(result: Result) -> dict[str, list[str]]:
    """Return the processes at work on the baseline by the role of their firm, upstream first."""
    document = result.scenario.document
    network = compile_network(document)
    _, roles, columns = layered(network, document)
    members: dict[str, list[str]] = {}
    for name, starts in zip(network.processes, network.arrays.base_starts, strict=True):
        if starts > 0:
            members.setdefault(roles[name.rsplit("/", 1)[0]] or "no role", []).append(name)

    def place(role: str) -> tuple[float, str]:
        return statistics.fmean(columns[name.rsplit("/", 1)[0]] for name in members[role]), role

    return {role: members[role] for role in sorted(members, key=place)}


def loses(result: Result) -> bool:
    """Tell whether any process ever falls below nine tenths of its baseline."""
    return bool((result.arrays["output"] < BELOW).any())


@styled
def spread(result: Result, *, width: float | None = None) -> Figure:
    """Draw, tier by tier, the share of processes that make less than 90 % of their baseline, by week."""
    if not loses(result):
        raise CurbsimError(f"{result.name}: no output falls below 90 % of the baseline, so nothing spreads")
    restricted, parts = treated(result), tiers(result)
    figure = style.picture(style.chosen_width(width, style.SINGLE), TIER_HEIGHT * len(parts) + 24.0)
    for number, (tier, names) in enumerate(parts.items()):
        first = figure.axes[0] if number else None
        ax = figure.add_subplot(len(parts), 1, number + 1, sharex=first)
        index = [result.labels.processes.index(name) for name in names]
        below = (result.arrays["output"][:, :, index] < BELOW).mean(axis=2)
        marks.draw_weeks(ax, result, below, percent=True)
        marks.draw_marks(ax, restricted.days, {} if number else lettered(restricted.days))
        ax.set_ylim(0, 105)
        ax.set_yticks([0, 50, 100])
        ax.tick_params(labelbottom=number + 1 == len(parts))
        ax.set_ylabel(f"{tier}\n({len(names)})", rotation=0, ha="right", va="center")
    style.figure_caption(
        figure,
        f"{result.title}. Share of the processes of each kind of firm (their number in brackets) that make "
        f"less than 90 % of their baseline, by week, %. {marks.band_words(result)}"
        f"{mark_words(restricted.days, restricted.words)}",
    )
    return figure
