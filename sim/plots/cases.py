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
from matplotlib.ticker import MaxNLocator

from sim.errors import CurbsimError
from sim.experiments.hindcast import Hindcast
from sim.plots import style
from sim.plots.style import BLACK, BLUE, VERMILION, PanelLook, PointLook, styled
from sim.results.numbers import counted
from sim.types import Floats

EDGE = 3.0  # half widths of a band from its middle, at which observed figures are drawn at the latest
ROW_HEIGHT = 4.6  # mm
LARGE = 100.0  # from which numbers are whole
SIMULATED: dict[str, Any] = {"color": BLUE, "linewidth": 1.6, "alpha": 0.55}
# What was used is open, what was not is filled.
LEDGER = {
    "input": PointLook("s", "#777777", False),
    "fitted": PointLook("^", BLUE, False),
    "acceptance": PointLook("D", BLACK, False),
    "out of sample": PointLook("o", VERMILION, True),
}

CHANCES = (5.0, 25.0, 50.0, 75.0, 95.0)  # %
THRESHOLD_COLUMNS = ("stock", "delay", "share", "estimate")
SHARES = PanelLook(row_height=46.0, x_label="Stock, days of use", y_label="Delay, days")
DARKEST = 0.45  # grey, 0 black to 1 white
AxisRange = tuple[float, float]


@styled
def hindcast(comparison: Hindcast, *, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw observed figures beside simulated medians and 90 % bands, each on the scale of its own band.

    Figures that restate another one are left out. In one column's width, medians and bands are not written.

    Parameters
    ----------
    comparison : Hindcast
        Of `sim.hindcast()`.
    """
    table = comparison.table()[comparison.once()].reset_index(drop=True)
    if table.empty:
        raise CurbsimError(f"{comparison.name}: there are no observed figures to show")
    ax = style.axes_or_new(ax, width, 34.0 + ROW_HEIGHT * len(table), natural=style.DOUBLE)
    places = pd.DataFrame([_places(row) for row in table.to_dict("records")], index=table.index)
    y = np.arange(len(table))
    ax.axvspan(-1.0, 1.0, color="#EEF3F7", linewidth=0, zorder=1)
    ax.hlines(y, places["low"], places["high"], zorder=2, **SIMULATED)
    ax.plot(places["median"], y, "|", color=BLUE, markersize=5, markeredgewidth=1.2, zorder=3)
    handles = [Line2D([], [], marker="|", markersize=5, label="Simulated", **SIMULATED)]
    for ledger, look in LEDGER.items():
        rows = (table["ledger"] == ledger).to_numpy()
        if rows.any():
            options = look.options(3.4)
            ax.plot(places["observed"][rows], y[rows], zorder=4, clip_on=False, **options)
            handles.append(Line2D([], [], label=f"Observed, {ledger}", **options))
    wide = style.is_wide(ax)
    style.row_names(ax, list(table["title"]), share=0.32 if wide else 0.42)
    _write_numbers(ax, table, wide=wide)
    ax.set_xlim(-EDGE - 0.25, EDGE + 0.25)
    ax.set_xticks([])
    style.legend_above(ax, handles=handles)
    style.explain(ax, _hindcast_words(comparison, wide=wide), below=12.0)
    return ax


def _places(row: Mapping[Any, Any]) -> dict[str, float]:
    """Return where a row stands when its band runs from -1 to 1; what never happens stands at the edge."""
    low, high = row["low"], row["high"]
    if not np.isfinite(high):
        finite = [x for x in (row["median"], row["observed"]) if np.isfinite(x)]
        high = max([*finite, low if np.isfinite(low) else 0.0]) + 1.0
        low = low if np.isfinite(low) else high
    middle, half = 0.5 * (low + high), 0.5 * (high - low)

    def place(value: float) -> float:
        if value == middle:
            return 0.0
        far = np.inf if half == 0.0 or not np.isfinite(value) else abs(value - middle) / half
        return float(np.clip(np.sign(value - middle) * far, -EDGE, EDGE))

    return {name: place(row[name]) for name in ("low", "median", "high", "observed")}


def _write_numbers(ax: Axes, table: pd.DataFrame, *, wide: bool) -> None:
    """Write observed, median and band at the right."""
    look: dict[str, Any] = {"va": "center_baseline", "fontsize": 5.2, "color": "black"}
    for y, row in enumerate(table.to_dict("records")):
        unit = "" if row["unit"] == "count" else f" {row['unit']}"
        text = _number(row["observed"]) + unit
        if wide:
            text += f" | {_number(row['median'])} ({_number(row['low'])} to {_number(row['high'])})"
        style.note(ax, text, (1.0, y), (5, 0), ("axes fraction", "data"), **look)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}"


def _hindcast_words(comparison: Hindcast, *, wide: bool) -> str:
    score = comparison.score()
    numbers = "observed | median (band)" if wide else "observed"
    return (
        f"{comparison.name}. Each row on the scale of its own band, which fills the shaded strip: lines hold "
        f"90 % of {counted(len(comparison.values), 'replication')}, ticks are medians; what is further "
        f"stands at the edge. At the right: {numbers}. Out of sample: {score['inside']:.0f} of "
        f"{score['figures']:.0f} inside."
    )


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

    Raises
    ------
    CurbsimError
        When a column is missing, or a panel has fewer than two values of stock or delay.
    """
    style.require_columns(frame, (*THRESHOLD_COLUMNS, measure), "sim.threshold")
    levels = _levels(frame, measure)

    def draw(ax: Axes, share: float, _: int) -> None:
        rows = frame[frame["share"].isna() if pd.isna(share) else frame["share"] == share]
        _draw_contours(ax, rows, measure, levels)
        if region is not None:
            (left, right), (low, high) = region
            look: dict[str, Any] = {"edgecolor": VERMILION, "linewidth": 1.0, "linestyle": (0, (4, 1.5))}
            ax.add_patch(Rectangle((left, low), right - left, high - low, fill=False, zorder=4, **look))
        if point is not None:
            ax.plot(*point, "D", color=VERMILION, markeredgecolor="white", markersize=4.5, zorder=5)
        style.short_title(ax, "" if pd.isna(share) else f"Alternatives {100 * share:g} % of need")

    figure = style.panels(list(frame["share"].drop_duplicates()), draw, SHARES, width)
    keys = _keys(levels)
    columns = len(keys) if style.columns_of(figure.axes[0]) > 2 else 3
    figure.legend(handles=keys, loc="outside upper left", ncols=columns, handlelength=1.6)
    seen = " Diamond: what was seen." if point else ""
    possible = " Dashed: what is thought possible." if region else ""
    style.figure_caption(figure, f"{_contour_words(frame, measure)}{seen}{possible}")
    return figure


def _levels(frame: pd.DataFrame, measure: str) -> tuple[float, ...]:
    """Return the levels of contours: fixed ones for chances, round ones for days."""
    if measure == "estimate":
        return CHANCES
    top = float(frame[measure].max())
    levels = [float(x) for x in MaxNLocator(5).tick_values(0.0, top) if 0.0 < x < top]
    return tuple(levels) or (1.0,)


def _draw_contours(ax: Axes, rows: pd.DataFrame, measure: str, levels: tuple[float, ...]) -> None:
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
    return [f"{step:.3f}" for step in np.linspace(1.0, DARKEST, len(levels) + 1)]


def _keys(levels: tuple[float, ...]) -> list[Patch]:
    steps = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(levels)]
    names = [f"below {levels[0]:g}", *steps, f"{levels[-1]:g} or more"]
    return [
        Patch(facecolor=shade, edgecolor=BLACK, linewidth=0.4, label=name)
        for shade, name in zip(_shades(levels), names, strict=True)
    ]


def _contour_words(frame: pd.DataFrame, measure: str) -> str:
    process = str(frame["process"].iloc[0]) if "process" in frame and len(frame) else "the plant"
    title = f"Chance that {process} stops, %" if measure == "estimate" else f"Mean days {process} is stopped"
    runs = int(frame["replications"].min()) if "replications" in frame else 0
    number = f"; {counted(runs, 'replication')} at each dot" if runs else ""
    error = ""
    if measure == "estimate" and {"low", "high"} <= set(frame.columns):
        half = 50.0 * float((frame["high"] - frame["low"]).max())
        error = f"; the interval of a chance (95 %, binomial) is at most {half:.0f} points either way"
    return f"{title}{number}{error}. Straight lines between dots."
