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
    NOISE,
    Estimate,
    proportion,
    rounded,
    significant_error,
    summarise,
    support,
)
from sim.types import Floats

NOT_KNOWN = "-"
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
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


def range_text(of: Estimate) -> str:
    """Write the range of an estimate, or that there is none.

    Examples
    --------
    >>> range_text(Estimate(12.0, 9.0, 2.2, 39.8, 1.1, 20))
    '2 to 40'
    """
    return between(of.low, of.high, of.unit)


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
    told = with_unit(number(mean, step), unit)
    return f"{told} ({between(low, high, step)})" if math.isfinite(high - low) else told


def span(low: float, high: float, unit: str) -> str:
    """Write a range alone.

    Examples
    --------
    >>> span(0.0, 3.1, "days"), span(2.0, 40.0, "days"), span(0.0, 0.0, "days")
    ('nothing to 3.1 days', '2 to 40 days', 'nothing')
    """
    if not math.isfinite(high - low):
        return NOT_KNOWN
    step = support(low, high)
    first, last = number(low, step), number(high, step)
    if first == last:
        return "nothing" if first == "0" else with_unit(first, unit)
    return f"nothing to {with_unit(last, unit)}" if first == "0" else f"{first} to {last} {unit}"


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
    told = amount(mean / by, low / by, high / by, error / by, f"{word} {currency}".lstrip())
    return told if told in (NOT_KNOWN, "nothing") else f"about {told}"


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


def chance(hits: int, futures: int) -> str:
    """Write in how many futures something happens, with the exact binomial interval of its chance (95 %).

    Examples
    --------
    >>> chance(37, 200), chance(0, 200), chance(200, 200), chance(1, 1)
    ('in 37 of 200 futures (13 to 25 %)', 'never in 200 futures (under 2 %)', \
'in all 200 futures (over 98 %)', 'in the only future')
    """
    if futures < 1:
        return NOT_KNOWN
    if futures == 1:
        return "in the only future" if hits else "not in the only future"
    low, high = proportion(hits, futures)
    if hits == 0:
        return f"never in {futures:,} futures (under {_bound(100.0 * high)} %)"
    if hits == futures:
        return f"in all {futures:,} futures (over {_bound(100.0 - 100.0 * low, 100.0)} %)"
    unit = min(1.0, support(100.0 * low, 100.0 * high))
    return f"in {hits:,} of {futures:,} futures ({between(100.0 * low, 100.0 * high, unit)} %)"


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
    found = summarise(days)
    form = "%Y-%m" if found.high - found.low >= MONTHS_FROM else "%Y-%m-%d"
    middle, low, high = (
        (start + datetime.timedelta(days=math.floor(day + 0.5))).strftime(form) if math.isfinite(day) else ""
        for day in (found.median, found.low, found.high)
    )
    return middle, low, high


def tilted(found: Estimate) -> bool:
    """Tell whether the mean lies far from the median.

    Far is a tenth of the range, or half of the mean where that is more than the Monte Carlo error.
    """
    if found.replications < 2:
        return False
    apart = abs(found.mean - found.median)
    relative = apart > max(abs(found.mean) / 2.0, found.error)
    return relative or apart > max((found.high - found.low) / 10.0, NOISE)


def tilt(found: Estimate, unit: str) -> str:
    """Say how the mean and the median differ, or nothing when they are close.

    Examples
    --------
    >>> tilt(Estimate(2.7, 0.0, 0.0, 20.7, 1.4, 20), "days")
    'The median is 0 days: most futures lose little, a few lose much.'
    """
    if not tilted(found):
        return ""
    middle = with_unit(number(found.median, found.unit), unit)
    if found.mean < found.median:
        return f"The median is {middle}: a few futures lose far less, or gain."
    little = abs(found.median) < found.mean / 2.0
    return f"The median is {middle}: most futures lose {'little' if little else 'less'}, a few lose much."


def counted(count: int, word: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "future"), counted(1200, "future")
    ('1 future', '1,200 futures')
    """
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def listed(parts: Sequence[str], mark: str = ",") -> str:
    """Join words: a, b and c.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a, x", "b"], ";")
    ('a, b and c', 'a, x; b')
    """
    if mark != ",":
        return f"{mark} ".join(parts)
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
