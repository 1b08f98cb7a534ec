"""What an answer depends on: indices, importance, model structure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis.structure import WITHIN
from sim.errors import CurbsimError
from sim.experiments.sensitivity import Sensitivity
from sim.plots import style
from sim.plots.style import BLUE, PanelLook, PointLook, styled
from sim.results.numbers import MILLION

MOST_FACTORS, MOST_BARS = 15, 10  # rows
APART = 0.16  # of a row, between the two dots of a factor
PLAIN_UNITS = ("days", "share", "%", "day of run", "material")  # no currency
FIRST, SECOND = PointLook("o", BLUE, True), PointLook("s", style.VERMILION, False)
VARIANCE = "Share of variance, %"
# Label, colour and hatch of a bar by the direction in which a factor moves the loss.
DIRECTIONS = {
    "+": ("More of it, more loss", BLUE, ""),
    "-": ("More of it, less loss", style.ORANGE, "////"),
    "": ("Direction not clear", "#C8C8C8", ""),
}


@styled
def sensitivity(
    study: Sensitivity | pd.DataFrame, *, ax: Axes | None = None, width: float | None = None
) -> Axes:
    """Draw what an answer depends on, the most important factor first, with 95 % intervals.

    Of Sobol' indices, dots are what a factor explains by itself, squares what it explains with interactions;
    of elementary effects, dots are mu* and squares sigma.

    Parameters
    ----------
    study : Sensitivity or DataFrame
        What `sim.sensitivity` returns, or its table.
    """
    table = study.table() if isinstance(study, Sensitivity) else study
    shares = "total" in table.columns
    if not shares and "mu_star" not in table.columns:
        raise CurbsimError("the table has no column 'total'; write that of sim.sensitivity(scenario).table()")
    rows = table.head(MOST_FACTORS).reset_index(drop=True)
    ax = style.axes_or_new(ax, width, 32.0 + 6.3 * len(rows))
    unit = str(rows["unit"].iloc[0])
    if shares:
        scale, label = 0.01, VARIANCE
        _draw_dots(ax, rows["first"], rows, scale, FIRST, "By itself")
        _draw_dots(ax, rows["total"], rows, scale, SECOND, "With interactions")
    else:
        scale, prefix = (1.0, "") if unit in PLAIN_UNITS else (MILLION, "million ")
        label = f"Change of loss, {prefix}{unit}"
        _draw_dots(ax, rows["mu_star"], rows, scale, FIRST, "Mean size of effects (mu*)")
        _draw_dots(ax, rows["sigma"], rows, scale, SECOND, "Their spread (sigma)")
    _name_graded(ax, rows["title"], rows["grade"])
    ax.set_xlim(left=0.0)
    style.finish_rows(ax, label, _sensitivity_words(shares, len(rows), len(table)))
    return ax


def _draw_dots(
    ax: Axes, values: pd.Series, rows: pd.DataFrame, scale: float, look: PointLook, label: str
) -> None:
    """Draw one figure of every factor, with its interval where it has one."""
    y = np.arange(len(rows)) + (-APART if look is FIRST else APART)
    if f"{values.name}_low" in rows:
        low, high = (rows[f"{values.name}_{end}"].to_numpy(float) / scale for end in ("low", "high"))
        ax.hlines(y, low, high, color=look.colour, linewidth=0.8, zorder=2)
    x = values.to_numpy(float) / scale
    ax.plot(x, y, label=label, zorder=3, clip_on=False, **look.options(3.2))


def _name_graded(ax: Axes, titles: pd.Series, grades: pd.Series) -> None:
    """Name the rows by factors, with the grade of their sources in brackets."""
    graded = zip(titles, grades, strict=True)
    names = [f"{title}\n({grade})" if grade else title for title, grade in graded]
    style.row_names(ax, names, share=0.45, lines=3)


def _sensitivity_words(shares: bool, shown: int, number: int) -> str:
    note = f"The first {shown} of {number} factors. " if shown < number else ""
    if shares:
        return (
            f"{note}Share of the variance of the loss (Sobol' indices); lines: 95 % bootstrap intervals; in "
            "brackets: where the range comes from. Chance: which random events take place, and when."
        )
    return (
        f"{note}Change of the loss as a value goes from the 12.5 % to the 87.5 % point of its range, or from "
        "one random future to another; lines: 95 % bootstrap intervals; in brackets: where the range comes "
        "from. No square: several values that take their steps in different directions."
    )


@styled
def structure(frame: pd.DataFrame, *, width: float | None = None) -> Figure:
    """Draw which share of the variance of loss each choice of model structure explains, by process.

    Parameters
    ----------
    frame : DataFrame
        Of `sim.structure(result, by='choice')`: who, factor, share, low, high.
    """
    _require_rows(frame, ("who", "factor", "share", "low", "high"), "sim.structure(result, by='choice')")
    names = list(dict.fromkeys(frame["who"]))
    factors = list(dict.fromkeys(frame["factor"]))
    look = PanelLook(row_height=12.0 + 4.0 * len(factors), x_label=VARIANCE, share_y=True)
    shown = names[: look.room(width)]
    labels = [factor.replace("_", " ") for factor in factors]

    def draw(ax: Axes, who: str, _: int) -> None:
        rows = frame[frame["who"] == who].set_index("factor").loc[factors].reset_index()
        _draw_bars(ax, rows, ["#9A9A9A" if factor == WITHIN else BLUE for factor in factors])
        style.row_names(ax, labels, share=0.25)
        ax.set_xlim(0, 100)
        style.short_title(ax, who)

    figure = style.panels(shown, draw, look, width)
    note = f" The first {len(shown)} of {len(names)} processes." if len(names) > len(shown) else ""
    style.figure_caption(
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
    """
    columns = ("factor", "title", "share", "low", "high", "direction", "grade")
    _require_rows(frame, columns, "sim.importance(result)")
    rows = frame.sort_values("share", ascending=False, kind="stable").head(MOST_BARS).reset_index(drop=True)
    ax = style.axes_or_new(ax, width, 30.0 + 7.5 * len(rows))
    signs = [value if value in DIRECTIONS else "" for value in rows["direction"]]
    bars = _draw_bars(ax, rows, [DIRECTIONS[sign][1] for sign in signs])
    for bar, sign in zip(bars, signs, strict=True):
        label, _, hatch = DIRECTIONS[sign]
        bar.set(hatch=hatch, label=label, edgecolor="white", linewidth=0.3)
    _name_graded(ax, rows["title"].where(rows["title"].astype(bool), rows["factor"]), rows["grade"])
    ax.set_xlim(left=0)
    style.finish_rows(
        ax,
        VARIANCE,
        f"The {len(rows)} estimates that explain most of the spread of the loss, of {len(frame)}; lines: "
        "95 % intervals; in brackets: where the range comes from.",
        handles=[bars[signs.index(sign)] for sign in DIRECTIONS if sign in signs],
    )
    return ax


def _draw_bars(ax: Axes, rows: pd.DataFrame, colours: list[str]) -> list[Rectangle]:
    """Draw a horizontal bar with its interval for each row, in %."""
    y = np.arange(len(rows))
    share, low, high = (100.0 * rows[name].to_numpy(float) for name in ("share", "low", "high"))
    bars = ax.barh(y, share, 0.6, color=colours, zorder=2)
    ax.hlines(y, low, high, color="black", linewidth=0.8, zorder=3)
    ax.grid(visible=True, axis="x")
    return list(bars)


def _require_rows(frame: pd.DataFrame, columns: tuple[str, ...], source: str) -> None:
    style.require_columns(frame, columns, source)
    if frame.empty:
        raise CurbsimError(f"the table of {source} is empty: nothing varies")
