"""Losses: by material, their exceedance curves, and their spread down the tiers."""

from __future__ import annotations

import datetime
import statistics

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.errors import CurbsimError
from sim.network.compile import compile_network
from sim.network.graph import graph
from sim.plots import marks
from sim.plots.marks import draw_marks, lettered, mark_words
from sim.plots.network_layout import columns
from sim.plots.style import (
    BLUE,
    HATCHES,
    LIGHT_BAND,
    SERIES,
    axes_or_new,
    chosen_width,
    columns_of,
    counted,
    date_axis,
    explain,
    figure_caption,
    grid,
    label_outer,
    legend_above,
    most_panels,
    picture,
    row_names,
    short_title,
    styled,
)
from sim.results.estimates import ANY_LOSS, LEVEL, proportion
from sim.results.restricted import treated
from sim.results.result import Result
from sim.types import Floats

OTHERS, SEEN = 6, 0.1  # processes besides the exposed ones, and days of output they lose at least
MOST = 24
REST = "all else"
BOUNDS = ("demand", "capacity", REST)
ROW = 5.2  # mm
LEAST = 0.004  # of the longest bar: shorter parts cannot be seen


def losers(result: Result) -> list[str]:
    """List the exposed processes that lose, then the worst of the others, each group by days lost."""
    days = result.values("process", "lost_days_gross").mean(axis=0)
    order = [result.labels.processes[p] for p in np.argsort(-days, kind="stable") if days[p] > ANY_LOSS]
    lost = dict(zip(result.labels.processes, days, strict=True))
    exposed = [name for name in order if name in result.labels.exposed]
    others = [name for name in order if name not in result.labels.exposed and lost[name] > SEEN]
    return [*exposed, *others[:OTHERS]][:MOST]


@styled
def loss_by_material(result: Result, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw lost days of output by what bound starts: each material, demand, capacity.

    Shown are the processes that use what a treatment acts on, and the six others that lose most. Bars are
    means of gross losses, so that nothing made up later is taken off; thin lines hold 95 % of replications.

    Parameters
    ----------
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    names = losers(result)
    if not names:
        raise CurbsimError(f"{result.name}: nobody loses output, so there is nothing to split by material")
    found = treated(result)
    ax = axes_or_new(ax, width, 30.0 + ROW * len(names))
    days, kinds = _split(result, names)
    left = np.zeros(len(names))
    y = np.arange(len(names))
    for number, (kind, part) in enumerate(kinds.items()):
        colour = "#D9D9D9" if kind == REST else SERIES[number]
        name = kind.capitalize() if kind in BOUNDS else found.material_title(kind)
        bars = ax.barh(y, part, 0.62, left=left, label=name, color=colour, hatch=HATCHES[number], zorder=2)
        for bar in bars:
            bar.set(edgecolor="white", linewidth=0.3)
        left = left + part
    low, high = np.quantile(days, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    ax.hlines(y + 0.42, low, high, color="#333333", linewidth=0.8, zorder=3)
    row_names(ax, ["\n".join(found.process_title(n, material_of(result, n))) for n in names])
    ax.set_xlim(left=0)
    ax.set_xlabel("Lost output, days of baseline (gross)")
    ax.grid(axis="x")
    legend_above(ax)
    number_of = counted(result.replications, "replication")
    spread = " Thin lines: the middle 95 % of them." if result.replications > 1 else ""
    words = f"{result.title}. Bars: mean over {number_of}, by what bound starts on the day."
    explain(ax, f"{words} Demand: too few orders.{spread}", below=30.0)
    return ax


def _split(result: Result, names: list[str]) -> tuple[Floats, dict[str, Floats]]:
    """Return gross lost days [replication, name], and their means by what bound them, largest first."""
    columns = [result.labels.processes.index(name) for name in names]
    days = result.values("process", "lost_days_gross")[:, columns]
    shares = result.limiting()
    kinds = {kind for name in names for kind in shares.get(name, {})}
    mean = days.mean(axis=0)
    parts = {kind: mean * np.array([shares.get(name, {}).get(kind, 0.0) for name in names]) for kind in kinds}
    order = sorted(parts, key=lambda kind: (-float(parts[kind].sum()), kind))
    seen = [kind for kind in order if parts[kind].max() > LEAST * mean.max()]
    few, rest = seen[: len(SERIES) - 1], seen[len(SERIES) - 1 :]
    found = {kind: parts[kind] for kind in few}
    if rest:
        found[REST] = np.sum([parts[kind] for kind in rest], axis=0)
    return days, found


def material_of(result: Result, process: str) -> str:
    """Return what a process makes."""
    return result.labels.process_material[result.labels.processes.index(process)]


MOST_CURVES = 24  # panels of one figure


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
    most = most_panels(width, MOST_CURVES)
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


BELOW = 0.90  # of the baseline output of the week
TIER = 14.0  # mm of a tier


def tiers(result: Result) -> dict[str, list[str]]:
    """Return the processes at work on the baseline by the role of their firm, upstream first."""
    document = result.scenario.document
    network = compile_network(document)
    made = graph(network, document=document)
    made.remove_edges_from(list(nx.selfloop_edges(made)))
    role = {name: document.firms[entry.firm].role for name, entry in document.facilities.items()}
    column = columns(made, {name: role.get(name, "") for name in made})
    working = {n for p, n in enumerate(network.processes) if network.arrays.base_starts[p] > 0}
    found: dict[str, list[str]] = {}
    for name in result.labels.processes:
        if name in working:
            found.setdefault(role[name.rsplit("/", 1)[0]] or "no role", []).append(name)

    def place(tier: str) -> tuple[float, str]:
        return statistics.fmean(column[name.rsplit("/", 1)[0]] for name in found[tier]), tier

    return {tier: found[tier] for tier in sorted(found, key=place)}


def loses(result: Result) -> bool:
    """Tell whether any process ever falls below nine tenths of its baseline."""
    return bool((result.arrays["output"] < BELOW).any())


@styled
def spread(result: Result, *, width: float | None = None) -> Figure:
    """Draw, tier by tier, the share of processes that make less than 90 % of their baseline, by week.

    Parameters
    ----------
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    if not loses(result):
        raise CurbsimError(f"{result.name}: no output falls below 90 % of the baseline, so nothing spreads")
    found, parts = treated(result), tiers(result)
    figure = picture(chosen_width(width, 89.0), TIER * len(parts) + 24.0)
    start = datetime.date.fromisoformat(result.labels.start)
    axes: list[Axes] = []
    for number, (tier, names) in enumerate(parts.items()):
        ax = figure.add_subplot(len(parts), 1, number + 1, sharex=axes[0] if axes else None)
        axes.append(ax)
        index = [result.labels.processes.index(name) for name in names]
        below = (result.arrays["output"][:, :, index] < BELOW).mean(axis=2)
        marks.draw_bands(ax, result, below, percent=True)
        date_axis(ax, start, result.labels.days)
        draw_marks(ax, found.days, lettered(found.days) if number == 0 else {})
        ax.set_ylim(0, 105)
        ax.set_yticks([0, 50, 100])
        ax.tick_params(labelbottom=number + 1 == len(parts))
        ax.set_ylabel(f"{tier}\n({len(names)})", rotation=0, ha="right", va="center")
    figure_caption(
        figure,
        f"{result.title}. Share of the processes of each kind of firm (their number in brackets) that make "
        f"less than 90 % of their baseline, by week, %. {marks.band_words(result)}"
        f"{mark_words(found.days, found.words)}",
    )
    return figure
