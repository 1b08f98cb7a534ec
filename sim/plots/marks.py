"""Marks on axes of time: dates, days on which something starts or ends, bands over replications."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from sim.plots.style import BLUE, DARK_BAND, LIGHT_BAND, note, width_of
from sim.results.numbers import counted
from sim.results.result import Result
from sim.types import Floats

OUTER_BAND, INNER_BAND = 0.95, 0.50  # of replications
MONTH = 30.4  # days
STEPS = (1, 2, 3, 6, 12, 24, 60)  # months from label to label
MOST_LETTERS = 10  # further days have a line only
LETTER_WIDTH = 1.25  # mm
AXES_SHARE = 0.8  # of its share of the width of a figure that an axes fills
RAISED = 8.0  # pt by which titles make room for letters
MARK = "#333333"

Letters = Mapping[datetime.date, str]


def day_number(date: datetime.date) -> float:
    """Return where a day stands on an axis of dates."""
    return float(date2num(date))  # type: ignore[no-untyped-call]


def start_of(result: Result) -> datetime.date:
    """Return the first day of a run."""
    return datetime.date.fromisoformat(result.labels.start)


def date_axis(ax: Axes, result: Result, *, columns: int = 1) -> None:
    """Mark quarters, half-years or years as 2019-07 over the days of a run.

    Ticks are written out: a locator that finds them anew at every drawing takes a quarter of its time.
    """
    start, days = start_of(result), result.labels.days
    ax.set_xlim(day_number(start), day_number(start) + days)
    room = 3 if columns > 1 else 5  # labels that fit side by side
    step = next((step for step in STEPS if days / MONTH / step <= room), 120)
    months = pd.date_range(start, start + datetime.timedelta(days=days), freq="MS")
    since_january = 12 * months.year + months.month - 1
    major = months[since_january % step == 0]
    minor = months[since_january % max(1, step // 4) == 0].difference(major)
    ax.set_xticks([day_number(date) for date in major], [f"{date:%Y-%m}" for date in major])
    ax.set_xticks([day_number(date) for date in minor], minor=True)


def lettered(dates: Iterable[datetime.date]) -> dict[datetime.date, str]:
    """Give a letter to each day, in order of time.

    Examples
    --------
    >>> lettered([datetime.date(2019, 12, 20), datetime.date(2019, 7, 4)])
    {datetime.date(2019, 7, 4): 'A', datetime.date(2019, 12, 20): 'B'}
    """
    ordered = sorted(set(dates))[:MOST_LETTERS]
    return {date: chr(ord("A") + number) for number, date in enumerate(ordered)}


def draw_marks(ax: Axes, dates: Iterable[datetime.date], letters: Letters, *, columns: int = 1) -> None:
    """Draw a dashed line for each day and its letter above the axes, where `columns` axes stand side by side.

    Letters that would touch are written as one, such as A-C.
    """
    places = {date: day_number(date) for date in sorted(set(dates))}
    for place in places.values():
        ax.axvline(place, color=MARK, linewidth=0.6, dashes=(4, 2.5), zorder=2.15)
    left, right = ax.get_xlim()
    wide = LETTER_WIDTH * (right - left) / (width_of(ax) * AXES_SHARE / columns)
    words = [(place, letters[date]) for date, place in places.items() if date in letters]
    for place, word in merged(words, wide):
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 5.0, "color": MARK}
        note(ax, word, (place, 1.0), (0, 1.0), ("data", "axes fraction"), **look)


def merged(places: list[tuple[float, str]], wide: float) -> list[tuple[float, str]]:
    """Join neighbours whose words would touch; a letter is `wide` in the unit of places.

    Examples
    --------
    >>> merged([(0.0, "A"), (1.0, "B"), (9.0, "C")], 2.0)
    [(0.5, 'A\u2013B'), (9.0, 'C')]
    """
    groups = [[place] for place in places]
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


def mark_words(dates: Collection[datetime.date], changes: Mapping[datetime.date, str]) -> str:
    """Say what each letter stands for, and what lines without one are."""
    letters = lettered(dates)
    if not letters:
        return ""
    named = "; ".join(f"{letter}\u00a0{date} {changes.get(date, '')}" for date, letter in letters.items())
    more = "; without a letter: later steps" if len(set(dates)) > len(letters) else ""
    return f" Dashed: {named}{more}."


def quantiles(values: Floats) -> Floats:
    """Return the 2.5, 25, 50, 75 and 97.5 % quantiles over replications, the first axis."""
    tails = [
        0.5 - OUTER_BAND / 2,
        0.5 - INNER_BAND / 2,
        0.5,
        0.5 + INNER_BAND / 2,
        0.5 + OUTER_BAND / 2,
    ]
    return np.asarray(np.quantile(values.astype(np.float64), tails, axis=0))


def draw_weeks(ax: Axes, result: Result, values: Floats, *, percent: bool = False, columns: int = 1) -> None:
    """Draw the median of weekly values [replication, week] with its two bands over the days of a run."""
    x = day_number(start_of(result)) + result.labels.band_step * np.arange(values.shape[1])
    low, lower, middle, upper, high = quantiles(values) * (100.0 if percent else 1.0)
    if len(values) > 1:
        ax.fill_between(x, low, high, color=LIGHT_BAND, linewidth=0, zorder=2)
        ax.fill_between(x, lower, upper, color=DARK_BAND, linewidth=0, zorder=2.1)
    ax.plot(x, middle, color=BLUE, zorder=2.2)
    date_axis(ax, result, columns=columns)


def band_words(result: Result) -> str:
    """Say what the bands are."""
    if result.replications == 1:
        return "Line: the only replication."
    number = counted(result.replications, "replication")
    return f"Line: median of {number}; dark and light bands: the middle 50 % and 95 % of them."
