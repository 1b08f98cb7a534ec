"""Shares of variance as bars with intervals: by structural choice, and the estimates that matter most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.errors import CurbsimError
from sim.plots.style import (
    BLUE,
    ORANGE,
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

MOST, ROWS = 24, 10  # panels, and bars of one axes
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
    rows = frame.sort_values("share", ascending=False, kind="stable").head(ROWS).reset_index(drop=True)
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
