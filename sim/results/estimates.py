"""Estimates over replications: means with ranges, Monte Carlo errors, and digits that both support."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.types import Floats, Row

LEVEL = 0.95  # of every interval
ANY_LOSS = 0.01  # days of output from which a replication counts as a loss
PLAIN_DIGITS = 3  # of a number that comes without an interval
FINEST = 0.01  # of any number: units are chosen so that less does not matter
MOST_DIGITS = 6  # whatever the interval
RANGE_NOISE = 1e-9  # a range narrower than this share of its ends is what rounding leaves


@dataclass(frozen=True, slots=True)
class Estimate:
    """One measure over replications, in the digits that its Monte Carlo error supports.

    Attributes
    ----------
    mean, median, low, high, error : float
        `low` and `high` hold 95 % of replications, `error` is the standard error of the mean; nan where there
        are too few replications: one has neither a range nor an error.
    replications : int
        In which the measure occurs.
    """

    mean: float
    median: float
    low: float
    high: float
    error: float
    replications: int

    @property
    def unit(self) -> float:
        """Return what the numbers are rounded to where they are shown."""
        return support(self.low, self.high, self.error)

    def scaled(self, by: float) -> Estimate:
        """Return the same in a unit that is `by` times as large."""
        mean, median, low, high, error = (
            x / by for x in (self.mean, self.median, self.low, self.high, self.error)
        )
        return Estimate(mean, median, low, high, error, self.replications)


def summarise(values: Floats) -> Estimate:
    """Summarise one measure over replications, leaving out those in which it does not occur.

    Everything that is shown of a measure comes from here: `summary.csv`, the table at the terminal, the
    report and the sentences show the same numbers, each rounded once more to what its range supports.

    Examples
    --------
    >>> summarise(np.array([1.0, 3.0, np.nan])).mean
    2.0
    """
    known = values[np.isfinite(values)]
    number = len(known)
    if number == 0:
        return Estimate(np.nan, np.nan, np.nan, np.nan, np.nan, 0)
    mean, median = float(known.mean()), float(np.median(known))
    if number == 1:
        return Estimate(supported(mean, np.nan), supported(median, np.nan), np.nan, np.nan, np.nan, 1)
    low, high = np.quantile(known, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    error = float(known.std(ddof=1) / np.sqrt(number))
    mean, median, low, high = (supported(float(x), error) for x in (mean, median, low, high))
    return Estimate(mean, median, low, high, significant(error, 2), number)


def summary_row(metric: str, scope: str, values: Floats, unit: str) -> Row:
    """Return one measure over replications as a row of a summary.

    The quantiles of a chance are 0 and 1: its row has none. A single replication is its own low and high.
    """
    of = summarise(values)
    row = plain(metric, scope, of.mean, unit)
    row |= {"monte_carlo_error": of.error, "replications": of.replications}
    if metric.endswith("_probability"):
        return row
    low, high = (of.low, of.high) if of.replications != 1 else (of.mean, of.mean)
    return row | {"median": of.median, "low": low, "high": high}


def interval(values: Floats, together: int = 1) -> tuple[float, float, float, float]:
    """Return the mean over replications, the bounds on it (95 %, Student's t) and its standard error.

    Replications without the measure count as missing. With `together`, so many intervals hold all their means
    with a chance of 95 % or more, however they depend on each other (Bonferroni; Dunn 1961).

    Examples
    --------
    >>> [round(x, 3) for x in interval(np.array([1.0, 2.0, 3.0, np.nan]))]
    [2.0, -0.484, 4.484, 0.577]
    >>> [round(x, 3) for x in interval(np.array([1.0, 2.0, 3.0]), 5)]
    [2.0, -3.73, 7.73, 0.577]
    """
    known = values[np.isfinite(values)]
    number = len(known)
    mean = float(known.mean()) if number else np.nan
    error = float(known.std(ddof=1) / np.sqrt(number)) if number > 1 else np.nan
    half = student(number, together) * error
    return mean, mean - half, mean + half, error


def student(number: int, together: int = 1) -> float:
    """Return how many standard errors an interval of 95 % reaches to either side; nan for one replication."""
    from scipy import special

    tail = (1.0 - LEVEL) / 2.0 / max(1, together)
    return float(special.stdtrit(number - 1, 1.0 - tail)) if number > 1 else np.nan


def proportion(inside: int, number: int) -> tuple[float, float]:
    """Return the exact binomial interval of a share (95 %, Clopper and Pearson 1934).

    Examples
    --------
    >>> [round(x, 3) for x in proportion(9, 10)]
    [0.555, 0.997]
    """
    from scipy import special

    tail = 0.5 - LEVEL / 2
    low = special.betaincinv(inside, number - inside + 1, tail) if inside else 0.0
    high = special.betaincinv(inside + 1, number - inside, 1.0 - tail) if inside < number else 1.0
    return float(low), float(high)


def plain(metric: str, scope: str, value: float, unit: str) -> Row:
    """Return a number that is not a mean over replications as a row of a summary."""
    return {
        "metric": metric,
        "scope": scope,
        "estimate": value,
        "median": np.nan,
        "low": np.nan,
        "high": np.nan,
        "unit": unit,
        "monte_carlo_error": np.nan,
        "replications": 1,
    }


def supported(value: float, error: float) -> float:
    """Round to the digits that the Monte Carlo error supports (a tenth of it), at most 6 significant."""
    value = significant(value, MOST_DIGITS)
    if not np.isfinite(value) or not np.isfinite(error) or error <= 0.0:
        return value
    return float(round(value, max(0, 1 - int(np.floor(np.log10(error))))))


def significant(value: float, digits: int) -> float:
    """Round to a number of significant digits.

    Examples
    --------
    >>> significant(0.0123456, 2)
    0.012
    """
    if not np.isfinite(value) or abs(value) < 1e-12:
        return 0.0 if np.isfinite(value) else value
    return float(f"{value:.{digits}g}")


def support(low: float, high: float, error: float = math.nan) -> float:
    """Return the unit to round to: what a tenth of the interval and of the Monte Carlo error support.

    Returns
    -------
    float
        A power of ten; nan when there is neither an interval nor an error.

    Examples
    --------
    >>> support(2.0, 40.0), support(2.0, 40.0, 0.4), support(0.0, 0.0, 0.4)
    (1.0, 1.0, 0.01)
    >>> support(0.0, 0.0094)
    0.01
    """
    scale = max((abs(x) for x in (low, high) if math.isfinite(x)), default=0.0)
    noise = max(RANGE_NOISE * scale, 1e-12)
    # A tenth of 0.3 is a hair below 0.03; its power of ten must not depend on that.
    tenths = [_power(x / 10.0) for x in (high - low, error) if math.isfinite(x) and x > noise]
    finest = _power(scale) * 10.0 ** (1 - MOST_DIGITS) if scale > 0.0 else 0.0
    return max(*tenths, finest, FINEST) if tenths else math.nan


def _power(value: float) -> float:
    return float(10.0 ** math.floor(math.log10(value) + 1e-9))


def rounded(value: float, unit: float = math.nan) -> float:
    """Return the number that is shown: a multiple of a unit, or three significant digits.

    Examples
    --------
    >>> rounded(269.4, 10.0), rounded(12.345)
    (270.0, 12.3)
    """
    if not math.isfinite(value):
        return math.nan
    if not unit > 0.0:
        value, unit = significant(value, PLAIN_DIGITS), FINEST
    return round(value, -round(math.log10(unit))) + 0.0  # no minus before a zero


def significant_error(value: float) -> float:
    """Return a Monte Carlo error rounded to two significant digits, a thousandth at least."""
    return round(significant(value, 2), 3)
