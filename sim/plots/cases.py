"""A case beside its history: hindcasts, and where a line stops."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from sim.errors import CurbsimError
from sim.experiments.hindcast import Hindcast
from sim.plots.style import (
    BLACK,
    BLUE,
    INCH,
    SINGLE,
    VERMILION,
    axes_or_new,
    columns_of,
    counted,
    explain,
    figure_caption,
    grid,
    legend_above,
    row_names,
    short_title,
    styled,
)
from sim.types import Floats

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


CHANCES = (5.0, 25.0, 50.0, 75.0, 95.0)  # %
NEEDED = ("stock", "delay", "share", "estimate")
DARKEST = 0.45  # grey, 0 black to 1 white
AxisRange = tuple[float, float]


@styled
def stop_contours(
    frame: pd.DataFrame,
    measure: str = "estimate",
    *,
    point: tuple[float, float] | None = None,
    region: tuple[AxisRange, AxisRange] | None = None,
    width: float | None = None,
) -> Figure:
    """Draw contours of the chance of a stop, or of days stopped, a panel for each share of alternatives.

    Parameters
    ----------
    frame : DataFrame
        Of `sim.threshold`: stock (days), delay (days), share, estimate, stopped_days.
    measure : str
        estimate (the chance of a stop) or stopped_days.
    point : tuple, optional
        Stock and delay of the case that was seen.
    region : tuple of two tuples, optional
        From and to of stock and of delay that are thought possible.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.

    Raises
    ------
    CurbsimError
        When a column is missing, or a panel has fewer than two values of stock or delay.
    """
    if missing := [name for name in (*NEEDED, measure) if name not in frame.columns]:
        raise CurbsimError(f"the table has no column '{missing[0]}'; write that of sim.threshold")
    shares = list(frame["share"].drop_duplicates())
    figure, axes = grid(len(shares), row_height=46.0, width=width)
    columns = columns_of(len(shares), width)[1]
    levels = _levels(frame, measure)
    for number, (ax, share) in enumerate(zip(axes, shares, strict=True)):
        rows = frame[frame["share"].isna() if pd.isna(share) else frame["share"] == share]
        _panel(ax, rows, measure, levels)
        _mark(ax, point, region)
        ax.set_ylabel("Delay, days" if number % columns == 0 else "")
        ax.set_xlabel("Stock, days of use" if number + columns >= len(shares) else "")
        short_title(ax, "" if pd.isna(share) else f"Alternatives {100 * share:g} % of need")
    keys = _keys(levels)
    figure.legend(
        handles=keys, loc="outside upper left", ncols=3 if columns < 3 else len(keys), handlelength=1.6
    )
    figure_caption(figure, _contour_words(frame, measure, point, region))
    return figure


def _levels(frame: pd.DataFrame, measure: str) -> tuple[float, ...]:
    """Return the levels of contours: fixed ones for chances, round ones for days."""
    if measure == "estimate":
        return CHANCES
    from matplotlib.ticker import MaxNLocator

    top = float(frame[measure].max())
    found = [float(x) for x in MaxNLocator(5).tick_values(0.0, top) if 0.0 < x < top]
    return tuple(found) or (1.0,)


def _panel(ax: Axes, rows: pd.DataFrame, measure: str, levels: tuple[float, ...]) -> None:
    """Shade and draw contours between the points of the grid, which are shown."""
    table = rows.pivot_table(index="delay", columns="stock", values=measure)
    if min(table.shape) < 2:
        raise CurbsimError("contours need two values of stock and of delay or more; vary both")
    x, y = table.columns.to_numpy(float), table.index.to_numpy(float)
    z: Floats = table.to_numpy(float) * (100.0 if measure == "estimate" else 1.0)
    ax.contourf(x, y, z, levels=[-np.inf, *levels, np.inf], colors=_shades(levels), zorder=1)
    if float(z.min()) < max(levels) and float(z.max()) > min(levels):
        ax.contour(x, y, z, levels=list(levels), colors=BLACK, linewidths=0.5, zorder=2)
    ax.plot(*(part.ravel() for part in np.meshgrid(x, y)), ".", color="#666666", markersize=1.2, zorder=2)
    ax.grid(visible=False)


def _shades(levels: tuple[float, ...]) -> list[str]:
    """Return a grey for each step between levels, from white to the darkest."""
    steps = np.linspace(1.0, DARKEST, len(levels) + 1)
    return [f"{step:.3f}" for step in steps]


def _keys(levels: tuple[float, ...]) -> list[Patch]:
    """Explain the greys."""
    names = [
        f"below {levels[0]:g}",
        *(f"{low:g} to {high:g}" for low, high in itertools.pairwise(levels)),
        f"{levels[-1]:g} or more",
    ]
    return [
        Patch(facecolor=shade, edgecolor=BLACK, linewidth=0.4, label=name)
        for shade, name in zip(_shades(levels), names, strict=True)
    ]


def _mark(ax: Axes, point: tuple[float, float] | None, region: tuple[AxisRange, AxisRange] | None) -> None:
    if region is not None:
        (left, right), (low, high) = region
        ax.add_patch(
            Rectangle((left, low), right - left, high - low, fill=False, edgecolor=VERMILION, linewidth=1.0,
                      linestyle=(0, (4, 1.5)), zorder=4)
        )  # fmt: skip
    if point is not None:
        ax.plot(*point, "D", color=VERMILION, markeredgecolor="white", markersize=4.5, zorder=5)


def _contour_words(
    frame: pd.DataFrame,
    measure: str,
    point: tuple[float, float] | None,
    region: tuple[AxisRange, AxisRange] | None,
) -> str:
    process = str(frame["process"].iloc[0]) if "process" in frame and len(frame) else "the plant"
    what = f"Chance that {process} stops, %" if measure == "estimate" else f"Mean days {process} is stopped"
    runs = int(frame["replications"].min()) if "replications" in frame else 0
    number = f"; {counted(runs, 'replication')} at each dot" if runs else ""
    error = ""
    if measure == "estimate" and {"low", "high"} <= set(frame.columns):
        half = 50.0 * float((frame["high"] - frame["low"]).max())
        error = f"; the interval of a chance (95 %, binomial) is at most {half:.0f} points either way"
    seen = " Diamond: what was seen." if point else ""
    prior = " Dashed: what is thought possible." if region else ""
    return f"{what}{number}{error}. Straight lines between dots.{seen}{prior}"
