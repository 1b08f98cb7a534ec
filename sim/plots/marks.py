"""Marks of days on which something starts or ends, and bands over replications."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes

from sim.plots.style import BLUE, DARK_BAND, INCH, LIGHT_BAND, counted, day_numbers
from sim.results.result import Result
from sim.types import Floats

MOST = 10  # letters; further days have a line only
WIDE = 1.25  # mm of a letter
PLOT = 0.8  # of its share of the width of a figure that an axes fills
RAISED = 8.0  # pt by which titles make room for letters

Letters = Mapping[datetime.date, str]


def lettered(dates: Iterable[datetime.date]) -> dict[datetime.date, str]:
    """Give a letter to each day, in order of time.

    Examples
    --------
    >>> lettered([datetime.date(2019, 12, 20), datetime.date(2019, 7, 4)])
    {datetime.date(2019, 7, 4): 'A', datetime.date(2019, 12, 20): 'B'}
    """
    ordered = sorted(set(dates))[:MOST]
    return {date: chr(ord("A") + number) for number, date in enumerate(ordered)}


def draw_marks(ax: Axes, dates: Iterable[datetime.date], letters: Letters, *, columns: int = 1) -> None:
    """Draw a dashed line for each day and its letter above the axes, where `columns` axes stand side by side.

    Letters that would touch are written as one, such as A-C.
    """
    shown = sorted(set(dates))
    for date in shown:
        place = day_numbers(date, [0])[0]
        ax.axvline(place, color="#333333", linewidth=0.6, dashes=(4, 2.5), zorder=2.15)
    figure = ax.get_figure(root=True)
    width = figure.get_figwidth() * INCH * PLOT / columns if figure else 1.0
    left, right = ax.get_xlim()
    known = [(day_numbers(date, [0])[0], letters[date]) for date in shown if date in letters]
    for place, word in merged(known, WIDE * (right - left) / width):
        ax.annotate(
            word,
            (place, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 1.0),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=5.0,
            color="#333333",
            annotation_clip=False,
        )


def merged(places: list[tuple[float, str]], wide: float) -> list[tuple[float, str]]:
    """Join neighbours whose words would touch; a letter is `wide` in the unit of places.

    Examples
    --------
    >>> merged([(0.0, "A"), (1.0, "B"), (9.0, "C")], 2.0)
    [(0.5, 'A\u2013B'), (9.0, 'C')]
    """
    groups = [[one] for one in places]
    i = 0
    while i + 1 < len(groups):
        (a, first), (b, second) = _word(groups[i]), _word(groups[i + 1])
        if b - a < wide * (0.5 * (len(first) + len(second)) + 0.3):
            groups[i] += groups.pop(i + 1)
            i = max(i - 1, 0)
        else:
            i += 1
    return [_word(group) for group in groups]


def _word(group: list[tuple[float, str]]) -> tuple[float, str]:
    middle = 0.5 * (group[0][0] + group[-1][0])
    return middle, group[0][1] if len(group) == 1 else f"{group[0][1]}\u2013{group[-1][1]}"


def mark_words(dates: Collection[datetime.date], said: Mapping[datetime.date, str]) -> str:
    """Say what each letter stands for, and what lines without one are."""
    letters = lettered(dates)
    if not letters:
        return ""
    named = "; ".join(
        f"{letter}\u00a0{date.isoformat()} {said.get(date, '')}" for date, letter in letters.items()
    )
    more = "; without a letter: later steps" if len(set(dates)) > len(letters) else ""
    return f" Dashed: {named}{more}."


OUTER, INNER = 0.95, 0.50


def quantiles(values: Floats) -> Floats:
    """Return the 2.5, 25, 50, 75 and 97.5 % quantiles over replications, the first axis."""
    tails = [0.5 - OUTER / 2, 0.5 - INNER / 2, 0.5, 0.5 + INNER / 2, 0.5 + OUTER / 2]
    return np.asarray(np.quantile(values.astype(np.float64), tails, axis=0))


def draw_bands(ax: Axes, result: Result, values: Floats, *, percent: bool = False) -> None:
    """Draw the median of weekly values [replication, week] with its two bands."""
    weeks = [week * result.labels.band_step for week in range(values.shape[1])]
    x = day_numbers(datetime.date.fromisoformat(result.labels.start), weeks)
    low, lower, middle, upper, high = quantiles(values) * (100.0 if percent else 1.0)
    if len(values) > 1:
        ax.fill_between(x, low, high, color=LIGHT_BAND, linewidth=0, zorder=2)
        ax.fill_between(x, lower, upper, color=DARK_BAND, linewidth=0, zorder=2.1)
    ax.plot(x, middle, color=BLUE, zorder=2.2)


def band_words(result: Result) -> str:
    """Say what the bands are."""
    if result.replications == 1:
        return "Line: the only replication."
    number = counted(result.replications, "replication")
    return f"Line: median of {number}; dark and light bands: the middle 50 % and 95 % of them."
