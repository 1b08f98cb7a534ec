"""How loss spreads over time, tier by tier, from mines to device makers."""

from __future__ import annotations

import datetime
import statistics

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.errors import CurbsimError
from sim.network.compile import compile_network
from sim.network.graph import graph
from sim.plots import bands
from sim.plots.layers import columns
from sim.plots.marks import draw_marks, lettered, mark_words
from sim.plots.style import (
    chosen_width,
    date_axis,
    figure_caption,
    picture,
    styled,
)
from sim.results.restricted import treated
from sim.results.result import Result

BELOW = 0.90  # of the baseline output of the week
ROW = 14.0  # mm of a tier


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
    figure = picture(chosen_width(width, 89.0), ROW * len(parts) + 24.0)
    start = datetime.date.fromisoformat(result.labels.start)
    axes: list[Axes] = []
    for number, (tier, names) in enumerate(parts.items()):
        ax = figure.add_subplot(len(parts), 1, number + 1, sharex=axes[0] if axes else None)
        axes.append(ax)
        index = [result.labels.processes.index(name) for name in names]
        below = (result.arrays["output"][:, :, index] < BELOW).mean(axis=2)
        bands.draw_bands(ax, result, below, percent=True)
        date_axis(ax, start, result.labels.days)
        draw_marks(ax, found.days, lettered(found.days) if number == 0 else {})
        ax.set_ylim(0, 105)
        ax.set_yticks([0, 50, 100])
        ax.tick_params(labelbottom=number + 1 == len(parts))
        ax.set_ylabel(f"{tier}\n({len(names)})", rotation=0, ha="right", va="center")
    figure_caption(
        figure,
        f"{result.title}. Share of the processes of each kind of firm (their number in brackets) that make "
        f"less than 90 % of their baseline, by week, %. {bands.band_words(result)}"
        f"{mark_words(found.days, found.words)}",
    )
    return figure
