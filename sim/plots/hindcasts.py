"""Observed figures beside what was simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.errors import CurbsimError
from sim.experiments.hindcasting import Hindcast
from sim.plots.style import (
    BLACK,
    BLUE,
    INCH,
    SINGLE,
    VERMILION,
    axes_or_new,
    counted,
    explain,
    legend_above,
    row_names,
    styled,
)

EDGE = 3.0  # half widths of a band from its middle, at which observed figures are drawn at the latest
ROW = 4.6  # mm
LARGE = 100.0  # from which numbers are whole
# Colour, marker, whether it is filled: what was used is open, what was not is filled.
LEDGER = {
    "input": ("#777777", "s", False),
    "fitted": (BLUE, "^", False),
    "acceptance": (BLACK, "D", False),
    "out of sample": (VERMILION, "o", True),
}


@styled
def hindcast(found: Hindcast, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw observed figures beside simulated medians and 90 % bands, each on the scale of its own band.

    Parameters
    ----------
    found : Hindcast
        Of `sim.hindcast()`.
    width : float, optional
        89 (one column: without numbers) or 183 (two columns), in mm.
    """
    table = found.table()
    if table.empty:
        raise CurbsimError(f"{found.name}: there are no observed figures to show")
    ax = axes_or_new(ax, width, 34.0 + ROW * len(table), natural=183.0)
    places = pd.DataFrame([_places(row) for row in table.to_dict("records")], index=table.index)
    y = np.arange(len(table))
    ax.axvspan(-1.0, 1.0, color="#EEF3F7", linewidth=0, zorder=1)
    ax.hlines(y, places["low"], places["high"], color=BLUE, linewidth=1.6, alpha=0.55, zorder=2)
    ax.plot(places["median"], y, "|", color=BLUE, markersize=5, markeredgewidth=1.2, zorder=3)
    handles = [
        Line2D([], [], color=BLUE, linewidth=1.6, alpha=0.55, marker="|", markersize=5, label="Simulated")
    ]
    for word, (colour, marker, filled) in LEDGER.items():
        rows = (table["ledger"] == word).to_numpy()
        if not rows.any():
            continue
        look = {"color": colour, "markerfacecolor": colour if filled else "white", "markersize": 3.4}
        ax.plot(places["observed"][rows], y[rows], marker, zorder=4, clip_on=False, **look)  # type: ignore[arg-type]
        label = f"Observed, {word}"
        handles.append(Line2D([], [], linestyle="", marker=marker, label=label, **look))  # type: ignore[arg-type]
    figure = ax.get_figure(root=True)
    wide = figure is not None and figure.get_figwidth() * INCH > SINGLE + 1.0
    row_names(ax, list(table["title"]), share=0.32 if wide else 0.42)
    _numbers(ax, table, wide=wide)
    ax.set_xlim(-EDGE - 0.25, EDGE + 0.25)
    ax.set_xticks([])
    legend_above(ax, handles=handles)
    explain(ax, _words(found, wide=wide), below=12.0)
    return ax


def _places(row: Mapping[Any, Any]) -> dict[str, float]:
    """Return where a row stands when its band runs from -1 to 1; what never happens stands at the edge."""
    low, high = row["low"], row["high"]
    if not np.isfinite(high):
        known = [x for x in (row["median"], row["observed"]) if np.isfinite(x)]
        high = max([*known, low if np.isfinite(low) else 0.0]) + 1.0
        low = low if np.isfinite(low) else high
    middle, half = 0.5 * (low + high), 0.5 * (high - low)

    def place(value: float) -> float:
        if value == middle:
            return 0.0
        far = np.inf if half == 0.0 or not np.isfinite(value) else abs(value - middle) / half
        return float(np.clip(np.sign(value - middle) * far, -EDGE, EDGE))

    return {name: place(row[name]) for name in ("low", "median", "high", "observed")}


def _numbers(ax: Axes, table: pd.DataFrame, *, wide: bool) -> None:
    """Write observed, median and band at the right."""
    for y, row in enumerate(table.to_dict("records")):
        unit = "" if row["unit"] == "count" else f" {row['unit']}"
        text = _told(row["observed"]) + unit
        if wide:
            text += f" | {_told(row['median'])} ({_told(row['low'])} to {_told(row['high'])})"
        ax.annotate(
            text,
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=5.2,
            color="black",
            annotation_clip=False,
        )


def _told(value: float) -> str:
    if not np.isfinite(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}"


def _words(found: Hindcast, *, wide: bool) -> str:
    score = found.score()
    numbers = "observed | median (band)" if wide else "observed"
    return (
        f"{found.name}. Each row on the scale of its own band, which fills the shaded strip: lines hold 90 % "
        f"of {counted(len(found.values), 'replication')}, ticks are medians; what is further stands at the "
        f"edge. At the right: {numbers}. Out of sample: {score['inside']:.0f} of "
        f"{score['figures']:.0f} inside."
    )
