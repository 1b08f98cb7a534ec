"""Numbers, ranges, chances, money and dates as text, with the digits that they support and no more.

One rule everywhere: a number is rounded to the power of ten at or below a tenth of the width of its
interval, or of its Monte Carlo error, whichever is coarser. Zeros behind the point are not written.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence

from sim.results.estimates import (
    FINEST,
    RANGE_NOISE,
    Estimate,
    proportion,
    rounded,
    significant_error,
    summarise,
    support,
)
from sim.types import Floats

NOT_KNOWN = "-"
MILLION = 1e6
SCALES = ((1e12, "trillion"), (1e9, "billion"), (MILLION, "million"), (1e3, "thousand"))
MONTHS_FROM = 100  # days of width from which a date is given by its month


def number(value: float, unit: float = math.nan) -> str:
    """Write a number rounded to a unit; without one, with three significant digits and two decimals at most.

    Examples
    --------
    >>> number(12.345), number(0.0321), number(-0.0001), number(float("nan"))
    ('12.3', '0.03', '0', '-')
    >>> number(269.4, 10.0), number(9.04, 0.1), number(12345.6, 1.0)
    ('270', '9', '12,346')
    """
    if not math.isfinite(value):
        return NOT_KNOWN
    text = f"{rounded(value, unit):,.{_places(unit)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _places(unit: float) -> int:
    """Return how many digits behind the point a unit needs."""
    return max(0, -round(math.log10(unit if unit > 0.0 else FINEST)))


def error(value: float) -> str:
    """Write a Monte Carlo error with two significant digits.

    Examples
    --------
    >>> error(22.34), error(0.0), error(0.0123)
    ('22', '0', '0.012')
    """
    return number(significant_error(value), 1e-9)


def between(low: float, high: float, unit: float = math.nan) -> str:
    """Write an interval, or that there is none.

    Examples
    --------
    >>> between(91.3, 138.2), between(-0.3, 20.7), between(float("nan"), float("nan"))
    ('91 to 138', '0 to 21', '-')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOT_KNOWN
    unit = unit if unit > 0.0 else support(low, high)
    return f"{number(low, unit)} to {number(high, unit)}"


def amount(mean: float, low: float, high: float, error: float, unit: str) -> str:
    """Write a mean with its range and unit.

    Examples
    --------
    >>> amount(12.3, 2.2, 39.8, 1.1, "days"), amount(0.0, 0.0, 0.0, 0.0, "days")
    ('12 days (2 to 40)', 'nothing')
    >>> amount(12.34, float("nan"), float("nan"), float("nan"), "days")
    '12.3 days'
    """
    if not math.isfinite(mean):
        return NOT_KNOWN
    step = support(low, high, error)
    if max(abs(mean), abs(low), abs(high)) < 1e-12:
        return "nothing"
    text = with_unit(number(mean, step), unit)
    return f"{text} ({between(low, high, step)})" if math.isfinite(high - low) else text


def with_unit(text: str, unit: str) -> str:
    """Write a number with its unit, in the singular where it is 1.

    Examples
    --------
    >>> with_unit("1", "days"), with_unit("12", "days"), with_unit("12", "%")
    ('1 day', '12 days', '12 %')
    """
    single = text.lstrip("-") == "1" and unit.endswith("s") and not unit.endswith("ss")
    return f"{text} {unit[:-1] if single else unit}".rstrip()


def money(mean: float, low: float, high: float, error: float, currency: str) -> str:
    """Write an amount of money in the thousands, millions or billions that suit its mean.

    Examples
    --------
    >>> money(1.23e9, 0.1e9, 9.04e9, 2.2e8, "USD"), money(0.0, 0.0, 0.0, 0.0, "USD")
    ('about 1.2 billion USD (0.1 to 9)', 'nothing')
    """
    size = abs(mean) if abs(mean) > 0.0 else max(abs(low), abs(high))
    by, word = next((scale for scale in SCALES if size >= scale[0]), (1.0, ""))
    text = amount(mean / by, low / by, high / by, error / by, f"{word} {currency}".lstrip())
    return text if text in (NOT_KNOWN, "nothing") else f"about {text}"


def percent(share: float, unit: float = math.nan) -> str:
    """Write a share in per cent.

    Examples
    --------
    >>> percent(0.638), percent(0.004)
    ('64 %', 'under 1 %')
    """
    if not math.isfinite(share):
        return NOT_KNOWN
    if 0.0 < share < 0.005 and not unit > 0.0:
        return "under 1 %"
    return f"{number(100.0 * share, unit if unit > 0.0 else 1.0)} %"


def chance(hits: int, replications: int) -> str:
    """Write in how many replications something happens, with the exact 95 % interval of its chance.

    Examples
    --------
    >>> chance(37, 200), chance(0, 200), chance(200, 200), chance(1, 1)
    ('in 37 of 200 replications (13 to 25 %)', 'never in 200 replications (under 2 %)', \
'in all 200 replications (over 98 %)', 'in the only replication')
    """
    if replications < 1:
        return NOT_KNOWN
    if replications == 1:
        return "in the only replication" if hits else "not in the only replication"
    low, high = proportion(hits, replications)
    if hits == 0:
        return f"never in {replications:,} replications (under {_bound(100.0 * high)} %)"
    if hits == replications:
        return f"in all {replications:,} replications (over {_bound(100.0 - 100.0 * low, 100.0)} %)"
    unit = min(1.0, support(100.0 * low, 100.0 * high))
    return f"in {hits:,} of {replications:,} replications ({between(100.0 * low, 100.0 * high, unit)} %)"


def _bound(tail: float, top: float = 0.0) -> str:
    """Write a bound at a distance from 0 or from the top, rounded away so that it still bounds."""
    unit = min(1.0, 10.0 ** math.floor(math.log10(tail)))
    return number(abs(top - math.ceil(tail / unit) * unit), unit)


def dates(days: Floats, start: datetime.date) -> str:
    """Write the median date of days of a run with its range; by month where the range is wide.

    Parameters
    ----------
    days : array [replication]
        nan where it never happens.

    Examples
    --------
    >>> import numpy as np
    >>> dates(np.array([31.0, 32.0, 33.0]), datetime.date(2019, 1, 1))
    '2019-02-02 (2019-02-01 to 2019-02-03)'
    >>> dates(np.array([31.0, 200.0]), datetime.date(2019, 1, 1))
    '2019-04 (2019-02 to 2019-07)'
    """
    middle, low, high = date_texts(days, start)
    if not middle:
        return "never"
    return middle if low in ("", high) else f"{middle} ({low} to {high})"


def date_texts(days: Floats, start: datetime.date) -> tuple[str, str, str]:
    """Return the median date and its range as texts; empty where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> date_texts(np.array([31.0]), datetime.date(2019, 1, 1))
    ('2019-02-01', '', '')
    """
    day = summarise(days)
    form = "%Y-%m" if day.high - day.low >= MONTHS_FROM else "%Y-%m-%d"
    middle, low, high = (
        (start + datetime.timedelta(days=math.floor(x + 0.5))).strftime(form) if math.isfinite(x) else ""
        for x in (day.median, day.low, day.high)
    )
    return middle, low, high


def tilted(estimate: Estimate) -> bool:
    """Tell whether the mean lies far from the median.

    Far is a tenth of the range, or half of the mean where that is more than the Monte Carlo error.
    """
    if estimate.replications < 2:
        return False
    apart = abs(estimate.mean - estimate.median)
    relative = apart > max(abs(estimate.mean) / 2.0, estimate.error)
    return relative or apart > max((estimate.high - estimate.low) / 10.0, RANGE_NOISE)


def tilt(estimate: Estimate, unit: str) -> str:
    """Say how the mean and the median differ, or nothing when they are close.

    Examples
    --------
    >>> tilt(Estimate(2.7, 0.0, 0.0, 20.7, 1.4, 20), "days")
    'The median is 0 days: most replications lose little, a few lose much.'
    """
    if not tilted(estimate):
        return ""
    middle = with_unit(number(estimate.median, estimate.unit), unit)
    if estimate.mean < estimate.median:
        return f"The median is {middle}: a few replications lose far less, or gain."
    little = abs(estimate.median) < estimate.mean / 2.0
    return (
        f"The median is {middle}: most replications lose {'little' if little else 'less'}, a few lose much."
    )


def measure_words(measure: str) -> str:
    """Return the name of a measure in words; of losses, whether they are gross or net.

    Examples
    --------
    >>> measure_words("lost_days_gross"), measure_words("lost_value"), measure_words("stopped_days")
    ('gross lost days', 'net lost value', 'stopped days')
    """
    words = measure.replace("_", " ")
    if words.endswith(" gross"):
        return f"gross {words.removesuffix(' gross')}"
    return f"net {words}" if words in ("lost days", "lost value") else words


def counted(count: int, word: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "replication"), counted(1200, "replication")
    ('1 replication', '1,200 replications')
    """
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def first_few(parts: Sequence[str], most: int) -> str:
    """Join the first texts and count the others.

    Examples
    --------
    >>> first_few(["a, x", "b", "c"], 2)
    'a, x; b; and 1 more'
    """
    more = (f"and {len(parts) - most} more",) if len(parts) > most else ()
    return "; ".join((*parts[:most], *more))
