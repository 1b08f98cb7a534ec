"""What bound lost output: materials, demand, capacity."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sim.errors import CurbsimError
from sim.plots.style import HATCHES, SERIES, axes_or_new, counted, explain, legend_above, row_names, styled
from sim.results.estimates import ANY_LOSS, LEVEL
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
