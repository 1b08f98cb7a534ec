"""Treatment x response: curbs alone, responses alone, both, and how they interact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.errors import CurbsimError
from sim.plots.style import (
    BLACK,
    BLUE,
    ORANGE,
    VERMILION,
    axes_or_new,
    explain,
    legend_above,
    measured,
    row_names,
    styled,
)
from sim.results.result import MEASURE_UNITS

# Colour, marker, whether it is filled, and place within a row.
ARMS = {
    "curb alone": (VERMILION, "s", True),
    "responses alone": (ORANGE, "^", True),
    "both": (BLUE, "o", True),
    "interaction": (BLACK, "D", False),
}
STEP = 0.19  # of a row, between arms
ROW = 7.0  # mm


@styled
def roles(table: pd.DataFrame, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the arms of `sim.roles`, a row for each process, as means with 95 % intervals.

    Parameters
    ----------
    table : DataFrame
        Of `sim.roles`: who, arm, the measure, low, high.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.

    Raises
    ------
    CurbsimError
        When it is another table.
    """
    measure = str(table.columns[2]) if len(table.columns) > 2 else ""
    if not {"who", "arm", "low", "high"} <= set(table.columns) or measure not in MEASURE_UNITS:
        raise CurbsimError("roles draws the table of sim.roles; write plots.roles(sim.roles(scenario))")
    if table.empty:
        raise CurbsimError("no treatment acts on what anybody uses, so no arm differs from another")
    names = list(dict.fromkeys(table["who"]))
    ax = axes_or_new(ax, width, 30.0 + ROW * len(names))
    for number, (arm, (colour, marker, filled)) in enumerate(ARMS.items()):
        rows = table[table["arm"] == arm].set_index("who").loc[names]
        y = np.arange(len(names)) + STEP * (number - 1.5)
        ax.hlines(y, rows["low"], rows["high"], color=colour, linewidth=0.9, zorder=2)
        face = colour if filled else "white"
        ax.plot(
            rows[measure],
            y,
            marker,
            color=colour,
            markerfacecolor=face,
            markersize=3.2,
            zorder=3,
            label=arm.capitalize(),
        )
    ax.axvline(0.0, color="#777777", linewidth=0.5, zorder=1.8)
    row_names(ax, names)
    ax.grid(axis="x")
    ax.set_xlabel(measured(measure, MEASURE_UNITS[measure]))
    legend_above(ax)
    explain(
        ax,
        "Means over replications with the same draws, and their 95 % intervals (Student's t). "
        "Interaction: both, less curb alone, less responses alone, plus neither.",
        below=30.0,
    )
    return ax
