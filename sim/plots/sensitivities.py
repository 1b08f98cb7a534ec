"""What an answer depends on: dots with intervals, for Sobol' indices and for elementary effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.errors import CurbsimError
from sim.experiments.sensitivities import Sensitivity
from sim.plots.style import BLUE, VERMILION, axes_or_new, explain, legend_above, row_names, styled

ROWS = 15  # factors
APART = 0.16  # of a row, between the two dots of a factor
MILLION = 1e6
PLAIN = ("days", "share", "%", "day of run", "material")  # units that are no currency
FIRST, SECOND = ("o", BLUE, BLUE), ("s", VERMILION, "white")  # marker, edge, face


@styled
def sensitivity(
    found: Sensitivity | pd.DataFrame, *, ax: Axes | None = None, width: float | None = None
) -> Axes:
    """Draw what an answer depends on, the most important factor first, with 95 % intervals.

    Of Sobol' indices, dots are what a factor explains by itself, squares what it explains with interactions;
    of elementary effects, dots are mu* and squares sigma.

    Parameters
    ----------
    found : Sensitivity or DataFrame
        What `sim.sensitivity` returns, or its table.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    frame = found.table() if isinstance(found, Sensitivity) else found
    shares = "total" in frame.columns
    if not shares and "mu_star" not in frame.columns:
        raise CurbsimError("the table has no column 'total'; write that of sim.sensitivity(scenario).table()")
    rows = frame.head(ROWS).reset_index(drop=True)
    ax = axes_or_new(ax, width, 32.0 + 6.3 * len(rows))
    scale, label = _scale(rows, shares)
    if shares:
        _dots(ax, rows, "first", scale, FIRST, -APART, "By itself")
        _dots(ax, rows, "total", scale, SECOND, APART, "With interactions")
    else:
        _dots(ax, rows, "mu_star", scale, FIRST, -APART, "Mean size of effects (mu*)")
        _dots(ax, rows, "sigma", scale, SECOND, APART, "Their spread (sigma)")
    graded = zip(rows["title"], rows["grade"], strict=True)
    row_names(ax, [f"{title}\n({grade})" if grade else title for title, grade in graded], share=0.45, lines=3)
    ax.set_xlim(left=0.0)
    ax.grid(axis="x")
    ax.set_xlabel(label)
    legend_above(ax)
    explain(ax, _caption(shares, len(rows), len(frame)), below=30.0)
    return ax


def _scale(rows: pd.DataFrame, shares: bool) -> tuple[float, str]:
    """Return what figures are divided by, and what the axis says."""
    unit = str(rows["unit"].iloc[0])
    if shares:
        return 0.01, "Share of variance, %"
    return (1.0, f"Change of loss, {unit}") if unit in PLAIN else (MILLION, f"Change of loss, million {unit}")


def _dots(
    ax: Axes,
    rows: pd.DataFrame,
    name: str,
    scale: float,
    look: tuple[str, str, str],
    shift: float,
    label: str,
) -> None:
    """Draw one figure of every factor, with its interval where it has one."""
    marker, edge, face = look
    y = np.arange(len(rows)) + shift
    middle = rows[name].to_numpy(float) / scale
    if f"{name}_low" in rows:
        low, high = (rows[f"{name}_{end}"].to_numpy(float) / scale for end in ("low", "high"))
        ax.hlines(y, low, high, color=edge, linewidth=0.8, zorder=2)
    ax.plot(
        middle,
        y,
        marker,
        color=edge,
        markerfacecolor=face,
        markersize=3.2,
        label=label,
        zorder=3,
        clip_on=False,
    )


def _caption(shares: bool, shown: int, number: int) -> str:
    some = f"The first {shown} of {number} factors. " if shown < number else ""
    if shares:
        return (
            f"{some}Share of the variance of the loss (Sobol' indices); lines: 95 % bootstrap intervals; in "
            "brackets: where the range comes from. Chance: which random events take place, and when."
        )
    return (
        f"{some}Change of the loss as a value goes from the 12.5 % to the 87.5 % point of its range, or from "
        "one random future to another; lines: 95 % bootstrap intervals; in brackets: where the range comes "
        "from. No square: several values that take their steps in different directions."
    )
