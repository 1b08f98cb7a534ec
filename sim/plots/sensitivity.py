"""What an answer depends on: indices, importance, model structure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.errors import CurbsimError
from sim.experiments.sensitivity import Sensitivity
from sim.plots.style import (
    BLUE,
    ORANGE,
    VERMILION,
    axes_or_new,
    columns_of,
    explain,
    figure_caption,
    grid,
    legend_above,
    most_panels,
    row_names,
    short_title,
    styled,
)
from sim.results.numbers import MILLION

ROWS = 15  # factors
APART = 0.16  # of a row, between the two dots of a factor
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


MOST, BARS = 24, 10  # panels, and bars of one axes
REST = "parameters and chance"
DIRECTIONS = {
    "+": ("more of it, more loss", BLUE, ""),
    "-": ("more of it, less loss", ORANGE, "////"),
    "": ("direction not clear", "#C8C8C8", ""),
}


@styled
def structure(frame: pd.DataFrame, *, width: float | None = None) -> Figure:
    """Draw which share of the variance of loss each choice of model structure explains, by process.

    Parameters
    ----------
    frame : DataFrame
        Of `sim.structure(result, by='choice')`: who, factor, share, low, high.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    _require(frame, ("who", "factor", "share", "low", "high"), "sim.structure(result, by='choice')")
    names = list(dict.fromkeys(frame["who"]))
    shown = names[: most_panels(width, MOST)]
    factors = list(dict.fromkeys(frame["factor"]))
    figure, axes = grid(len(shown), row_height=12.0 + 4.0 * len(factors), width=width)
    columns = columns_of(len(shown), width)[1]
    for number, (ax, who) in enumerate(zip(axes, shown, strict=True)):
        rows = frame[frame["who"] == who].set_index("factor").loc[factors].reset_index()
        _bars(ax, rows, ["#9A9A9A" if factor == REST else BLUE for factor in factors])
        words = [factor.replace("_", " ") for factor in factors]
        row_names(ax, words if number % columns == 0 else [""] * len(words), share=0.25)
        ax.set_xlim(0, 100)
        ax.set_xlabel("Share of variance, %" if number + columns >= len(shown) else "")
        short_title(ax, who)
    note = f" The first {len(shown)} of {len(names)} processes." if len(names) > len(shown) else ""
    figure_caption(
        figure,
        f"Share of the variance of lost days that each choice of model structure explains; lines: 95 % "
        f"intervals (jackknife); grey: what parameters and chance explain within a structure.{note}",
    )
    return figure


@styled
def importance(frame: pd.DataFrame, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the ten estimates that matter most for a loss, as shares of its variance with 95 % intervals.

    Parameters
    ----------
    frame : DataFrame
        Of `sim.importance`: factor, title, share, low, high, direction (+ raises the loss), grade.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.
    """
    _require(
        frame, ("factor", "title", "share", "low", "high", "direction", "grade"), "sim.importance(result)"
    )
    rows = frame.sort_values("share", ascending=False, kind="stable").head(BARS).reset_index(drop=True)
    ax = axes_or_new(ax, width, 30.0 + 7.5 * len(rows))
    signs = [value if value in DIRECTIONS else "" for value in rows["direction"]]
    bars = _bars(ax, rows, [DIRECTIONS[sign][1] for sign in signs])
    for bar, sign in zip(bars, signs, strict=True):
        bar.set(hatch=DIRECTIONS[sign][2], edgecolor="white", linewidth=0.3)
    titles = rows["title"].where(rows["title"].astype(bool), rows["factor"])
    graded = zip(titles, rows["grade"], strict=True)
    row_names(ax, [f"{title}\n({grade})" if grade else title for title, grade in graded], share=0.45, lines=3)
    ax.set_xlim(left=0)
    ax.set_xlabel("Share of variance, %")
    seen = {sign: bars[signs.index(sign)] for sign in DIRECTIONS if sign in signs}
    for sign, bar in seen.items():
        bar.set_label(DIRECTIONS[sign][0].capitalize())
    legend_above(ax, handles=list(seen.values()))
    explain(
        ax,
        f"The {len(rows)} estimates that explain most of the spread of the loss, of {len(frame)}; lines: "
        "95 % intervals; in brackets: where the range comes from.",
        below=30.0,
    )
    return ax


def _bars(ax: Axes, rows: pd.DataFrame, colours: list[str]) -> list[Rectangle]:
    """Draw a horizontal bar with its interval for each row, in %."""
    y = np.arange(len(rows))
    share, low, high = (100.0 * rows[name].to_numpy(float) for name in ("share", "low", "high"))
    bars = ax.barh(y, share, 0.6, color=colours, zorder=2)
    ax.hlines(y, low, high, color="black", linewidth=0.8, zorder=3)
    ax.grid(axis="x")
    return list(bars)


def _require(frame: pd.DataFrame, columns: tuple[str, ...], source: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise CurbsimError(f"the table has no column '{missing[0]}'; write that of {source}")
    if frame.empty:
        raise CurbsimError(f"the table of {source} is empty: nothing varies")
